// Invented streets -> line counts through tracker and scene, against those of the true objects.

import { expect, test } from 'vitest';
import { Scene } from '../../../../agent/analytics/scene/scene.js';
import type { Track } from '../../../../agent/analytics/tracking/track.js';
import { ByteTracker } from '../../../../agent/analytics/tracking/tracker.js';
import { type Conditions, type StreetFrame, street } from '../../../support/street.js';
import { clear, noisy } from './conditions.js';

const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);
const SIZE = { width: 1280, height: 720 };

function scene(): Scene {
  const line = (x: number) => ({
    points: [
      [x, 0],
      [x, 1],
    ] as const,
    labels: undefined,
    minScore: 0,
    minArea: 0,
    maxArea: 1,
    anchor: 'bottom' as const,
    hysteresis: 0.25,
  });
  return new Scene({
    zones: {},
    lines: { left: line(0.3), middle: line(0.5), right: line(0.7) },
    stationarySeconds: 10,
  });
}

/** All three lines, both ways. */
function crossings(
  frames: readonly StreetFrame[],
  tracksOf: (frame: StreetFrame) => readonly Track[],
): number {
  const watched = scene();
  for (const frame of frames)
    watched.update({ tracks: tracksOf(frame), ended: [] }, SIZE, frame.capturedMonotonicMs);
  return Object.values(watched.counts.lines).reduce((sum, { in: inward, out }) => sum + inward + out, 0);
}

/** The objects as they are; one that hides for a while is still there, where it was last seen. */
function truth(frames: readonly StreetFrame[]): (frame: StreetFrame) => Track[] {
  const lastMs = new Map(
    frames.flatMap(({ truths, capturedMonotonicMs }) => truths.map(({ id }) => [id, capturedMonotonicMs])),
  );
  const known = new Map<number, Track>();
  return ({ truths, capturedMonotonicMs: nowMs }) => {
    for (const { id, box } of truths) {
      const times = { firstSeenMs: known.get(id)?.firstSeenMs ?? nowMs, lastSeenMs: nowMs };
      known.set(id, { id, label: 'object', score: 1, bestScore: 1, sourceBox: box, seen: true, ...times });
    }
    return [...known.values()]
      .filter(({ id }) => lastMs.get(id)! >= nowMs)
      .map((track) => ({ ...track, seen: track.lastSeenMs === nowMs }));
  };
}

function tracked(): (frame: StreetFrame) => readonly Track[] {
  let count = 0;
  const tracker = new ByteTracker({ nextId: () => ++count });
  return ({ sourceDetections, capturedMonotonicMs }) =>
    tracker.update(sourceDetections, capturedMonotonicMs).tracks;
}

const cases: [name: string, conditions: Conditions, worst: number][] = [
  ['nobody hides, nothing is missed: exact', { ...clear, people: 2, cars: 1 }, 0],
  ['objects hide and cross each other', clear, 0.01],
  ['and a tenth is missed, a tenth is false, boxes tremble, frames are uneven', noisy, 0.02],
];

test.each(cases)('%s', (_name, conditions, worst) => {
  const streets = SEEDS.map((seed) => street({ ...conditions, seed }));
  const total = (make: (frames: readonly StreetFrame[]) => (frame: StreetFrame) => readonly Track[]) =>
    streets.reduce((sum, frames) => sum + crossings(frames, make(frames)), 0);
  const there = total(truth);
  expect(there).toBeGreaterThan(50);
  expect(Math.abs(total(tracked) - there) / there).toBeLessThanOrEqual(worst);
});
