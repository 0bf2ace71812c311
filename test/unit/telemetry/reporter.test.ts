// Camera statuses and frames -> what is reported of them, and the counts behind the statistics.

import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Settings } from '../../../agent/cameras/camera-settings.js';
import { complete, configFile } from '../../../agent/config/schema.js';
import type { FrameResult } from '../../../agent/inference/frame-path.js';
import { StatsCollector } from '../../../agent/telemetry/collector.js';
import { Reporter } from '../../../agent/telemetry/reporter.js';
import type {
  CameraState,
  FrameReport,
  HealthReport,
  StatsSnapshot,
} from '../../../agent/telemetry/reports.js';
import type { Frame } from '../../../pipelines/frame.js';

const config = complete(
  configFile.parse({
    device: 'porch',
    mqtt: { url: 'mqtt://127.0.0.1' },
    cameras: {
      door: { source: 'rtsp://joe:se3cret@camera.local/stream' },
      shed: { source: 'test:ball', enabled: false },
      yard: { source: 'rtsp://joe:se3cret@yard/main', detect: 'rtsp://joe:se3cret@yard/sub' },
    },
  }),
);

function setUp() {
  const warnings: string[] = [];
  const statuses: CameraState[] = [];
  const frames: FrameReport[] = [];
  const snapshots: StatsSnapshot[] = [];
  const healths: HealthReport[] = [];
  const clock = { nowMs: 1000 };
  const reporter = new Reporter({
    config,
    log: pino({ level: 'warn' }, { write: (line) => warnings.push(JSON.parse(line).msg) }),
    listener: {
      status: (status) => statuses.push(status),
      detections: (report) => frames.push(report),
      stats: (snapshot) => snapshots.push(snapshot),
      health: (report) => healths.push(report),
    },
    settings: new Settings(config),
    stats: new StatsCollector(() => clock.nowMs),
    detector: () => ({ state: 'working', failures: 0 }),
    now: () => clock.nowMs,
    nowMonotonicMs: () => clock.nowMs,
  });
  return { reporter, warnings, statuses, frames, snapshots, healths, clock };
}

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

test('a failure is told with its class, one line without the password, the next try, and since when', () => {
  const { reporter, statuses, clock } = setUp();
  const failing = { state: 'retrying', failure: 'refused', message: 'connect ECONNREFUSED' } as const;
  reporter.status('door', { ...failing, attempt: 1, retryInMs: 400 }, 0);
  clock.nowMs = 5000;
  reporter.status('door', { ...failing, attempt: 2, retryInMs: 900 }, 1);
  expect(statuses.at(-1)).toEqual({
    camera: 'door',
    state: 'retrying',
    sinceMs: 1000,
    restarts: 1,
    source: 'rtsp://joe:se3cret@camera.local/stream',
    sourceSize: undefined,
    failure: 'refused',
    message:
      'expected a camera that accepts connections for rtsp://***@camera.local/stream, received connect ECONNREFUSED',
    attempt: 2,
    retryInMs: 900,
  });
});

test('the size of the source follows with the first frame, once', () => {
  const { reporter, statuses } = setUp();
  reporter.status('door', { state: 'running' }, 0);
  for (const sequence of [0, 1, 2]) reporter.result(resultOf(sequence), []);
  expect(statuses).toHaveLength(2);
  expect(statuses[1]).toMatchObject({ state: 'running', sourceSize: { width: 1280, height: 720 } });
});

test('a failure of the stream that is looked at names that one', () => {
  const { reporter, statuses } = setUp();
  const failing = { state: 'retrying', failure: 'refused', message: 'connect ECONNREFUSED' } as const;
  reporter.status('yard', { ...failing, attempt: 1, retryInMs: 400 }, 0);
  expect(statuses.at(-1)).toMatchObject({
    source: 'rtsp://joe:se3cret@yard/main',
    detect: 'rtsp://joe:se3cret@yard/sub',
    message:
      'expected a camera that accepts connections for rtsp://***@yard/sub, received connect ECONNREFUSED',
  });
});

test('what became of pictures of the main stream: each failure, and the first that came after it', () => {
  const { reporter, warnings, statuses } = setUp();
  const size = { width: 1920, height: 1080 };
  const refused = { failure: 'unauthorized', message: 'refused', retryInMs: 1000 } as const;
  reporter.status('yard', { state: 'running' }, 0);
  for (const state of [{ sourceSize: size }, { sourceSize: size }, refused, { sourceSize: size }])
    reporter.mainStream('yard', state);
  const line =
    'expected a user name and password that the camera accepts for rtsp://***@yard/main, received refused';
  expect(statuses.slice(1).map(({ state, mainStream }) => [state, mainStream])).toEqual([
    ['running', { sourceSize: size }],
    ['running', { ...refused, message: line }],
    ['running', { sourceSize: size }],
  ]);
  expect(warnings).toEqual([`no picture of the main stream: ${line}`]);
  // The next opening may be of another address.
  reporter.status('yard', { state: 'stopped' }, 0);
  expect(statuses.at(-1)!.mainStream).toBeUndefined();
});

test.each([
  [{ width: 1920, height: 1080 }, false],
  [{ width: 1920, height: 1088 }, false],
  [{ width: 1600, height: 1200 }, true],
  [{ width: 1080, height: 1920 }, true],
])('pictures of %j beside 1280 x 720: told that the shape is another one: %s', (sourceSize, isTold) => {
  const { reporter, warnings } = setUp();
  reporter.status('yard', { state: 'running' }, 0);
  reporter.result({ ...resultOf(0), frame: { ...frame(0), source: 'yard' } }, []);
  reporter.mainStream('yard', { sourceSize });
  reporter.mainStream('yard', { sourceSize });
  const { width, height } = sourceSize;
  expect(warnings).toEqual(
    isTold
      ? [
          `pictures of ${width} x ${height} are of another shape than the 1280 x 720 that are looked at: boxes fit where both show the same view`,
        ]
      : [],
  );
});

test('cameras that are switched off are told as stopped', () => {
  const { reporter, statuses } = setUp();
  reporter.disabledCameras();
  expect(statuses).toMatchObject([{ camera: 'shed', state: 'stopped' }]);
});

test('a camera that has not sent a frame yet is in the statistics, with zeros; one that is switched off is not', () => {
  const { reporter, snapshots, clock } = setUp();
  reporter.disabledCameras();
  reporter.status('door', { state: 'starting' }, 0);
  clock.nowMs += 1000;
  reporter.stats(load);
  expect(snapshots.at(-1)!.cameras).toEqual({
    door: {
      ...{ captured: 0, inferred: 0, skipped: 0, dropped: 0, restarts: 0 },
      ...{ capturedFps: 0, inferredFps: 0, skippedFps: 0, droppedFps: 0 },
    },
  });
});

test('captured = inferred + dropped, whatever was lost on the way', () => {
  const { reporter, snapshots, clock } = setUp();
  reporter.status('door', { state: 'running' }, 0);
  for (const sequence of [0, 1, 4]) reporter.result(resultOf(sequence), []);
  reporter.failed(frame(5));
  clock.nowMs += 2000;
  reporter.stats(load);
  const { cameras, latencyMs } = snapshots.at(-1)!;
  expect(cameras.door).toMatchObject({
    captured: 6,
    inferred: 3,
    dropped: 3,
    capturedFps: 3,
    inferredFps: 1.5,
  });
  expect(Object.keys(latencyMs)).toEqual(['wait', 'inference', 'decode', 'publish', 'total']);
  expect(latencyMs.wait).toMatchObject({ max: 5, count: 3 });
});

test('detections below minScore are not reported, tracks are', () => {
  const { reporter, frames } = setUp();
  const weak = { ...resultOf(0), sourceDetections: [{ ...resultOf(0).sourceDetections[0]!, score: 0.2 }] };
  const seen = { id: 4, label: 'person', score: 0.2, sourceBox: [1, 2, 3, 4.04] as const, seen: true };
  const track = { ...seen, bestScore: 0.2, firstSeenMs: 0, lastSeenMs: 0, stationary: false };
  reporter.result(weak, [track]);
  const { pixels, ...info } = frame(0);
  expect(frames).toEqual([
    { frame: info, inferenceMs: 2, sourceDetections: [], tracks: [track], reportedMonotonicMs: 1000 },
  ]);
});

test('health: what the agent has been through', () => {
  const { reporter, healths } = setUp();
  reporter.status('door', { state: 'running' }, 3);
  reporter.health();
  expect(healths).toMatchObject([{ cameras: { door: { state: 'running', restarts: 3 } } }]);
});

test('the age of the last inference counts from the last result; a frame that failed is none', () => {
  const { reporter, healths, clock } = setUp();
  reporter.health();
  reporter.failed(frame(0));
  reporter.health();
  reporter.result(resultOf(1), []);
  clock.nowMs += 70_000;
  reporter.failed(frame(2));
  reporter.health();
  expect(healths.map(({ inferenceAgeSeconds }) => inferenceAgeSeconds)).toEqual([undefined, undefined, 70]);
});
