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
import type { Frame } from '../../../pipelines/frame.js';
import { settled } from '../../support/fake-capture.js';
import { zone } from './scene/frames.js';

function setUp(
  zones: Readonly<Record<string, ZoneOptions>> = {},
  encode = async ({ sequence }: Frame) => Buffer.from(`frame ${sequence}`),
) {
  const told: string[] = [];
  const moments: SceneMoment[] = [];
  const durations: number[] = [];
  let lastId = 0;
  const analytics = new CameraAnalytics({
    camera: 'door',
    tracker: new ByteTracker({ nextId: () => ++lastId }),
    scene: new Scene({ zones, lines: {}, stationarySeconds: 10, labels: ['person'] }),
    snapshots: new Snapshots({
      encode,
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

test('pictures are told in the order in which their objects ended, whichever is ready first', async () => {
  const ready: (() => void)[] = [];
  const { analytics, told } = setUp({}, async ({ sequence }) => {
    if (sequence === 0) await new Promise<void>((done) => ready.push(done));
    return Buffer.from(`frame ${sequence}`);
  });
  const other: Detection = { ...person, box: [400, 10, 500, 210] };
  analytics.update(resultOf(0, [person]));
  for (let sequence = 1; sequence < 45; sequence++) analytics.update(resultOf(sequence, [other]));
  analytics.lost();
  await settled();
  expect(told.filter((one) => one.startsWith('picture'))).toEqual([]);
  ready[0]!();
  await settled();
  expect(told.filter((one) => one.startsWith('picture'))).toEqual([
    'picture of door: frame 0',
    'picture of door: frame 1',
  ]);
});

test('a zone takes the best score of an object, also of before it was told of', () => {
  const { analytics, told } = setUp({ yard: zone('0,0 1,0 1,1 0,1', { minScore: 0.8 }) });
  for (const [sequence, score] of [0.88, 0.88, 0.6, 0.6, 0.6, 0.6].entries())
    analytics.update(resultOf(sequence, [{ ...person, score }]));
  expect(told).toContain('zone enter 1');
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
