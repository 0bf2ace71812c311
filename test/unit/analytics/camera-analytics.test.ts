// Results of a camera's frames -> what its listener is told, in which order.

import { expect, test } from 'vitest';
import { CameraAnalytics } from '../../../agent/analytics/camera-analytics.js';
import type { SceneMoment } from '../../../agent/analytics/reports.js';
import { Scene } from '../../../agent/analytics/scene/scene.js';
import type { ZoneOptions } from '../../../agent/analytics/scene/zone.js';
import { Snapshots } from '../../../agent/analytics/snapshots.js';
import { ByteTracker } from '../../../agent/analytics/tracking/tracker.js';
import type { FrameResult } from '../../../agent/inference/frame-path.js';
import type { Detection } from '../../../models/detection.js';

function setUp(zones: Readonly<Record<string, ZoneOptions>> = {}) {
  const told: string[] = [];
  const moments: SceneMoment[] = [];
  const durations: number[] = [];
  let lastId = 0;
  const analytics = new CameraAnalytics({
    camera: 'door',
    tracker: new ByteTracker({ nextId: () => ++lastId }),
    scene: new Scene({ zones, lines: {}, stationarySeconds: 10, labels: ['person'] }),
    snapshots: new Snapshots({
      encode: async ({ sequence }) => Buffer.from(`frame ${sequence}`),
      encodePart: async () => Buffer.from('crop'),
    }),
    listener: {
      events: (events, moment) => {
        if (events.length > 0) moments.push(moment);
        durations.push(...events.flatMap((event) => ('durationMs' in event ? event.durationMs : [])));
        told.push(...events.map(({ kind, event, trackId }) => `${kind} ${event} ${trackId}`));
      },
      counts: (camera, { labels }) => {
        const line = `${camera} ${labels.person?.visible}`;
        if (told.findLast((one) => one.startsWith('door')) !== line) told.push(line);
      },
      picture: (camera, { jpeg }) => told.push(`picture of ${camera}: ${jpeg}`),
    },
    onError: (error) => told.push(error.message),
    now: () => 5000,
  });
  return { analytics, told, moments, durations };
}

const person: Detection = { label: 'person', classIndex: 0, score: 0.95, box: [10, 10, 110, 210] };

const resultOf = (sequence: number, sourceDetections: readonly Detection[]): FrameResult => ({
  frame: {
    source: 'door',
    sequence,
    capturedAtMs: 0,
    capturedMonotonicMs: 1000 + 100 * sequence,
    mediaTimeMs: 0,
    sourceSize: { width: 640, height: 480 },
    inputSize: { width: 64, height: 64 },
    content: { x: 0, y: 8, width: 64, height: 48 },
    pixels: new ArrayBuffer(3 * 64 * 64),
  },
  sourceDetections,
  startedMonotonicMs: 0,
  inferenceMs: 1,
  decodeMs: 1,
});

test('counts begin at 0 before any frame; events come before the counts they change, the picture at the end', async () => {
  const { analytics, told, moments } = setUp();
  analytics.start();
  const [track] = analytics.update(resultOf(0, [person]));
  expect(track).toMatchObject({ id: 1, label: 'person', stationary: false });
  analytics.lost();
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual([
    'door 0',
    'track start 1',
    'door 1',
    'track end 1',
    'door 0',
    'picture of door: frame 0',
  ]);
  const { pixels, ...info } = resultOf(0, []).frame;
  expect(moments).toEqual(Array(2).fill({ frame: info, reportedMonotonicMs: 5000 }));
});

test('time stamps that go back make no stay of less than nothing', () => {
  const everywhere = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as const;
  const anyObject = { minScore: 0, minArea: 0, maxArea: 1, anchor: 'bottom' } as const;
  const { analytics, told, durations } = setUp({
    all: { ...anyObject, points: everywhere, inertiaSeconds: 0 },
  });
  for (const sequence of [60, 61, 2, 62]) analytics.update(resultOf(sequence, [person]));
  analytics.update(resultOf(3, [person]));
  analytics.lost();
  expect(told).toContain('zone leave 1');
  expect(durations).toEqual([200, 200]);
});
