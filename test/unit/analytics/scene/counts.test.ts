// Random objects -> counts that agree with the events, and line totals that agree with the truth.

import { expect, test } from 'vitest';
import type { SceneCounts, SceneEvent } from '../../../../agent/analytics/scene/events.js';
import { Scene } from '../../../../agent/analytics/scene/scene.js';
import type { Track } from '../../../../agent/analytics/tracking/track.js';
import { seededRandom } from '../../../../models/networks/random.js';
import { line, play, SOURCE, scene, zone } from './frames.js';
import { GATE, type Noise, walk } from './walkers.js';

const zones = { yard: zone('0.5,0 1,0 1,1 0.5,1'), lane: zone('0.4,0.4 0.6,0.4 0.6,0.6 0.4,0.6') };

test.each<[name: string, noise: Noise, part: number]>([
  ['exact without noise', { jitter: 0, missed: 0 }, 0],
  ['within 2 % where boxes tremble by 4 % and each tenth is missed', { jitter: 0.04, missed: 0.1 }, 0.02],
])('line totals: %s', (_, noise, part) => {
  const next = seededRandom(3);
  const truth = { in: 0, out: 0 };
  const counted = { in: 0, out: 0 };
  for (let id = 1; id <= 500; id++) {
    const { frames, crossed } = walk(id, next, noise);
    const gate = new Scene({
      zones: {},
      lines: { gate: line(GATE, { hysteresis: 0.25 }) },
      stationarySeconds: 10,
    });
    for (const { atMs, track } of frames) gate.update({ tracks: [track], ended: [] }, SOURCE, atMs);
    const { lines } = gate.clear(frames.at(-1)!.atMs).counts;
    for (const direction of ['in', 'out'] as const) {
      truth[direction] += crossed.filter((way) => way === direction).length;
      counted[direction] += lines.gate![direction];
    }
  }
  expect(truth.in).toBeGreaterThan(300);
  for (const direction of ['in', 'out'] as const)
    expect(Math.abs(counted[direction] - truth[direction]), direction).toBeLessThanOrEqual(
      part * truth[direction],
    );
});

test('occupancy is enters less leaves, never below zero, and nobody is left when all have gone', () => {
  const next = seededRandom(4);
  const of = scene({
    zones: {
      ...zones,
      slow: zone('0.2,0.2 0.9,0.2 0.9,0.9 0.2,0.9', { inertiaSeconds: 0.4 }),
      cats: zone('0,0 1,0 1,1 0,1', { labels: ['cat'] }),
    },
    lines: { gate: line(GATE) },
    stationarySeconds: 2,
  });
  const within: Record<string, number> = { yard: 0, lane: 0, slow: 0, cats: 0 };
  const alive = new Set<number>();
  const crossed = { in: 0, out: 0 };
  const hear = (events: readonly SceneEvent[], counts: SceneCounts) => {
    for (const event of events) {
      if (event.kind === 'zone' && event.event === 'enter') within[event.zone]!++;
      if (event.kind === 'zone' && event.event === 'leave') within[event.zone]!--;
      if (event.kind === 'line') crossed[event.direction]++;
      if (event.kind === 'track' && event.event === 'start') {
        expect(alive.has(event.trackId)).toBe(false);
        alive.add(event.trackId);
      } else expect(alive.has(event.trackId), 'nothing before the start or after the end').toBe(true);
      if (event.kind === 'track' && event.event === 'end') alive.delete(event.trackId);
    }
    for (const [id, count] of Object.entries(within)) {
      expect(count).toBeGreaterThanOrEqual(0);
      expect(sum(Object.values(counts.zones[id]!)), id).toBe(count);
    }
    expect(counts.lines).toEqual({ gate: crossed });
    expect(sum(Object.values(counts.labels).map(({ visible }) => visible))).toBeLessThanOrEqual(alive.size);
  };
  let tracks: Track[] = [];
  for (let i = 0, id = 1, atMs = 0; i < 4000; i++) {
    atMs += 200 * next();
    tracks = tracks.filter(() => next() > 0.02).map((track) => wander(track, atMs, next));
    if (next() < 0.1) tracks.push(wander(newborn(id++, atMs), atMs, next));
    const { events, counts } = of.update({ tracks, ended: [] }, SOURCE, atMs);
    hear(events, counts);
    if (i % 1000 !== 999) continue;
    const cleared = of.clear(atMs);
    hear(cleared.events, cleared.counts);
    expect(alive.size).toBe(0);
    expect(within).toEqual({ yard: 0, lane: 0, slow: 0, cats: 0 });
    tracks = [];
  }
  expect(crossed.in + crossed.out).toBeGreaterThan(100);
});

test('by label: what was seen within a second, and what of it is stationary; what is gone stays with 0', () => {
  const of = scene({ zones, lines: { gate: line(GATE) }, labels: ['person'], stationarySeconds: 2 });
  const nothing = { visible: 0, stationary: 0 };
  expect(of.counts).toEqual({
    labels: { person: nothing },
    zones: { yard: { person: 0 }, lane: { person: 0 } },
    lines: { gate: { in: 0, out: 0 } },
  });
  play(of, [[0, { 1: 'cat 0.7,0.4', 2: 'cat 0.3,0.4' }]]);
  expect(of.counts.labels).toEqual({ person: nothing, cat: { visible: 2, stationary: 0 } });
  expect(of.counts.zones).toEqual({ yard: { person: 0, cat: 1 }, lane: { person: 0, cat: 0 } });
  play(of, [[2000, { 1: 'cat 0.7,0.4', 2: 'cat 0.3,0.7' }]]);
  expect(of.counts.labels).toEqual({ person: nothing, cat: { visible: 2, stationary: 1 } });
  expect(of.counts.lines).toEqual({ gate: { in: 1, out: 0 } });
  const unseen = { 1: track(1, 2000), 2: track(2, 2000) };
  for (const [atMs, visible] of [
    [3000, 2],
    [3001, 0],
  ] as const) {
    const { counts } = of.update({ tracks: Object.values(unseen), ended: [] }, SOURCE, atMs);
    expect(counts.labels.cat?.visible, `${atMs}`).toBe(visible);
    expect(counts.zones.yard).toEqual({ person: 0, cat: 1 });
  }
  const { counts } = of.clear(3002);
  expect(counts.labels).toEqual({ person: nothing, cat: nothing });
  expect(counts.zones).toEqual({ yard: { person: 0, cat: 0 }, lane: { person: 0, cat: 0 } });
  expect(counts.lines).toEqual({ gate: { in: 1, out: 0 } });
});

test('counts are the same object until a number changes', () => {
  const of = scene({ zones });
  play(of, [[0, { 1: '0.7,0.4' }]]);
  const before = of.counts;
  play(of, [[100, { 1: '0.8,0.4' }]]);
  expect(of.counts).toBe(before);
  play(of, [[200, { 1: '0.3,0.4' }]]);
  expect(of.counts).not.toBe(before);
});

test('labels that JavaScript knows', () => {
  const of = scene({ zones });
  const { counts } = of.update({ tracks: [{ ...track(1, 0), label: '__proto__' }], ended: [] }, SOURCE, 0);
  expect(JSON.stringify(counts.labels)).toBe('{"__proto__":{"visible":1,"stationary":0}}');
});

function track(id: number, lastSeenMs: number): Track {
  return {
    id,
    label: 'cat',
    score: 0.8,
    bestScore: 0.8,
    sourceBox: [0, 0, 50, 50],
    seen: false,
    firstSeenMs: 0,
    lastSeenMs,
  };
}

function newborn(id: number, atMs: number): Track {
  return { ...track(id, atMs), sourceBox: [500, 200, 550, 250], firstSeenMs: atMs };
}

/** Somewhere near, at times not seen, at times of another label. */
function wander(before: Track, atMs: number, next: () => number): Track {
  const seen = next() > 0.2;
  const [dx, dy] = [150 * (next() - 0.5), 100 * (next() - 0.5)];
  const [x1, y1, x2, y2] = before.sourceBox;
  return {
    ...before,
    label: next() < 0.05 ? (['cat', 'dog', 'person'][Math.floor(3 * next())] ?? 'cat') : before.label,
    sourceBox: [x1 + dx, y1 + dy, x2 + dx, y2 + dy],
    seen,
    lastSeenMs: seen ? atMs : before.lastSeenMs,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
