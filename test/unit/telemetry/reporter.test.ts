// Camera statuses and frames -> the messages published, and the counts behind the statistics.

import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Settings } from '../../../agent/cameras/camera-settings.js';
import { complete, configFile } from '../../../agent/config/schema.js';
import type { FrameResult } from '../../../agent/inference/frame-path.js';
import type { Message } from '../../../agent/messaging/schemas.js';
import { StatsCollector } from '../../../agent/telemetry/collector.js';
import { Reporter } from '../../../agent/telemetry/reporter.js';
import type { Frame } from '../../../pipelines/frame.js';

const config = complete(
  configFile.parse({
    device: 'porch',
    mqtt: { url: 'mqtt://127.0.0.1' },
    cameras: {
      door: { source: 'rtsp://joe:se3cret@camera.local/stream' },
      shed: { source: 'test:ball', enabled: false },
    },
  }),
);

function setUp() {
  const published: Message[] = [];
  const clock = { nowMs: 1000 };
  const stats = new StatsCollector(() => clock.nowMs);
  const counters = { published: 0, droppedOffline: 0, droppedSlow: 0, connects: 0 };
  const reporter = new Reporter({
    config,
    model: 'yolo',
    log: pino({ level: 'silent' }),
    publisher: { publish: (message: Message) => published.push(message), counters },
    outbox: { counters: outboxCounters, pending: 2 },
    settings: new Settings(config),
    stats,
    now: () => clock.nowMs,
  });
  return { reporter, published, clock, stats, counters };
}

const outboxCounters = {
  restored: 0,
  produced: 5,
  delivered: 3,
  droppedOld: 0,
  droppedSpace: 0,
  droppedDisk: 0,
};

const frame = (sequence: number): Frame => ({
  source: 'door',
  sequence,
  capturedAtMs: 0,
  capturedMonotonicMs: 0,
  mediaTimeMs: 40 * sequence,
  sourceSize: { width: 1280, height: 720 },
  inputSize: { width: 320, height: 320 },
  content: { x: 0, y: 70, width: 320, height: 180 },
  pixels: new ArrayBuffer(0),
});

const resultOf = (sequence: number): FrameResult => ({
  frame: frame(sequence),
  sourceDetections: [{ label: 'person', classIndex: 0, score: 0.9, box: [1, 2, 3, 4] }],
  startedMonotonicMs: 5,
  inferenceMs: 2,
  decodeMs: 1,
});

const load = {
  process: { cpuPercent: 1, residentBytes: 1 },
  system: { cpuPercent: 1, memoryUsedBytes: 1, memoryTotalBytes: 2, temperaturesC: {} },
};

test('a failure is told with its class, one line and the next try, and without the password', () => {
  const { reporter, published, clock } = setUp();
  const failing = { state: 'retrying', failure: 'refused', message: 'connect ECONNREFUSED' } as const;
  reporter.status('door', { ...failing, attempt: 1, retryInMs: 400 }, 0);
  clock.nowMs = 5000;
  reporter.status('door', { ...failing, attempt: 2, retryInMs: 900 }, 1);
  expect(published.at(-1)).toEqual({
    kind: 'status',
    body: {
      camera: 'door',
      state: 'retrying',
      since: '1970-01-01T00:00:01.000Z',
      restarts: 1,
      source: 'rtsp://***@camera.local/stream',
      failure: 'refused',
      message:
        'expected a camera that accepts connections for rtsp://***@camera.local/stream, received connect ECONNREFUSED',
      attempt: 2,
      retryInMs: 900,
    },
  });
});

test('the size of the source follows with the first frame, once', () => {
  const { reporter, published } = setUp();
  reporter.status('door', { state: 'running' }, 0);
  for (const sequence of [0, 1, 2]) reporter.result(resultOf(sequence), []);
  const statuses = published.filter(({ kind }) => kind === 'status').map(({ body }) => body);
  expect(statuses).toHaveLength(2);
  expect(statuses[1]).toMatchObject({ state: 'running', sourceSize: { width: 1280, height: 720 } });
});

test('cameras that are switched off are told as stopped', () => {
  const { reporter, published } = setUp();
  reporter.disabledCameras();
  expect(published.map(({ body }) => body)).toMatchObject([{ camera: 'shed', state: 'stopped' }]);
});

test('captured = inferred + dropped, whatever was lost on the way', () => {
  const { reporter, published, clock } = setUp();
  reporter.status('door', { state: 'running' }, 0);
  for (const sequence of [0, 1, 4]) reporter.result(resultOf(sequence), []);
  reporter.failed(frame(5));
  clock.nowMs += 2000;
  reporter.stats(load);
  const { body } = published.at(-1) as Extract<Message, { kind: 'stats' }>;
  expect(body.cameras.door).toMatchObject({
    captured: 6,
    inferred: 3,
    dropped: 3,
    capturedFps: 3,
    inferredFps: 1.5,
  });
  expect(Object.keys(body.latencyMs)).toEqual(['wait', 'inference', 'decode', 'publish', 'total']);
  expect(body.latencyMs.wait).toMatchObject({ max: 5, count: 3 });
});

test('detections below minScore are not reported, tracks are', () => {
  const { reporter, published } = setUp();
  const weak = { ...resultOf(0), sourceDetections: [{ ...resultOf(0).sourceDetections[0]!, score: 0.2 }] };
  const track = { id: 4, label: 'person', score: 0.2, sourceBox: [1, 2, 3, 4.04] as const, seen: true };
  reporter.result(weak, [{ ...track, firstSeenMs: 0, lastSeenMs: 0, stationary: false }]);
  expect(published.at(-1)!.body).toMatchObject({
    detections: [],
    tracks: [{ id: 4, label: 'person', box: [1, 2, 3, 4], stationary: false }],
  });
});

test('health: what the agent has been through', () => {
  const { reporter, published } = setUp();
  reporter.status('door', { state: 'running' }, 3);
  reporter.health();
  expect(published.at(-1)).toMatchObject({
    kind: 'health',
    body: { cameras: { door: { state: 'running', restarts: 3 } }, events: { ...outboxCounters, pending: 2 } },
  });
});
