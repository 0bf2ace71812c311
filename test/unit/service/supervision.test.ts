// An agent that starts, works, hangs and stops -> what the service manager is told, and when.

import { expect, test } from 'vitest';
import { forgetSecrets, keepSecret } from '#common/secrets.js';
import { Supervision } from '../../../agent/service/supervision.js';
import { Work } from '../../../agent/service/work.js';
import type { DetectorResult } from '../../../models/runtime/detector.js';
import type { CameraStatus } from '../../../pipelines/capture/camera-options.js';
import { FakeClock } from '../../support/fake-capture.js';

const running = new Map<string, CameraStatus>([['door', { state: 'running' }]]);

function setUp({ isWatching = true, isListening = (): boolean => true } = {}) {
  const clock = new FakeClock();
  const told: string[] = [];
  const errors: unknown[] = [];
  const agent = { isOpening: true, isConnected: false, cameras: new Map<string, CameraStatus>() };
  const work = new Work({ nowMs: () => clock.nowMs() });
  const pending: { resolve(result: DetectorResult): void; reject(error: Error): void }[] = [];
  const detector = work.followed({
    sessions: 1,
    detect: () => new Promise((resolve, reject) => pending.push({ resolve, reject })),
  });
  const supervision = new Supervision({
    manager: {
      watchdogMs: isWatching ? 30_000 : undefined,
      tell: (...lines) => {
        if (isListening()) told.push(...lines);
        return isListening();
      },
    },
    work,
    isOpening: () => agent.isOpening,
    cameras: () => agent.cameras,
    isConnected: () => agent.isConnected,
    clock,
    log: { error: (text: unknown) => errors.push(text) } as never,
  });
  const run = new AbortController();
  /** All parts are there and the broker is reached. */
  const start = async () => {
    await supervision.start(run.signal);
    Object.assign(agent, { isOpening: false, isConnected: true, cameras: running });
    supervision.started();
  };
  /** Frames are inferred at once, some in each second. */
  const inferFor = async (seconds: number, perSecond = 10) => {
    for (let second = 0; second < seconds; second++) {
      for (let frame = 0; frame < perSecond; frame++) {
        void detector.detect(new ArrayBuffer(0));
        work.answered();
      }
      await clock.advance(1000);
    }
  };
  const take = () => told.splice(0);
  return { clock, take, errors, agent, work, detector, supervision, run, start, inferFor };
}

const only = (key: string, lines: readonly string[]) => lines.filter((line) => line.startsWith(`${key}=`));

test('a start takes as long as the network is opened, and is ready with the first frame', async () => {
  const { agent, clock, supervision, take, run, work, detector } = setUp();
  await supervision.start(run.signal);
  expect(take()).toEqual(['STATUS=opening the network', 'EXTEND_TIMEOUT_USEC=30000000']);
  await clock.advance(60_000);
  expect(take()).toEqual(Array.from({ length: 6 }, () => 'EXTEND_TIMEOUT_USEC=30000000'));
  Object.assign(agent, { isOpening: false, cameras: running, isConnected: true });
  supervision.started();
  expect(take()).toEqual(['STATUS=1 of 1 cameras running']);
  void detector.detect(new ArrayBuffer(0));
  await clock.advance(1000);
  expect(only('READY', take())).toEqual([]);
  work.answered();
  await clock.advance(1000);
  expect(take()).toEqual(['READY=1', 'WATCHDOG=1']);
});

test('fed three times in its time while frames come; the words stay as they are', async () => {
  const { start, inferFor, take } = setUp();
  await start();
  await inferFor(12);
  take();
  await inferFor(60);
  expect(take()).toEqual(Array.from({ length: 6 }, () => 'WATCHDOG=1'));
});

test('not fed where no manager watches', async () => {
  const { start, inferFor, take } = setUp({ isWatching: false });
  await start();
  await inferFor(60);
  expect(only('WATCHDOG', take())).toEqual([]);
});

test('a frame that never comes back: said once, and not fed from then on', async () => {
  const { start, inferFor, take, clock, detector, errors } = setUp();
  await start();
  await inferFor(20);
  void detector.detect(new ArrayBuffer(0));
  await clock.advance(10_000);
  take();
  await clock.advance(60_000);
  expect(only('WATCHDOG', take())).toEqual([]);
  expect(errors).toEqual(['work does not go on: no frame has come to its end for 11 s']);
});

test('a process that was stopped by a signal is fed by nobody meanwhile', async () => {
  const { start, inferFor, take, clock } = setUp();
  await start();
  await inferFor(20);
  take();
  clock.jump(60_000);
  expect(take()).toEqual([]);
});

test('the network is opened anew: a known wait, of which frames may take their part', async () => {
  const { start, inferFor, take, clock, detector, work, agent, errors } = setUp();
  await start();
  await inferFor(20);
  void detector.detect(new ArrayBuffer(0));
  agent.isOpening = true;
  await clock.advance(300_000);
  take();
  agent.isOpening = false;
  await clock.advance(9000);
  expect(only('WATCHDOG', take())).not.toEqual([]);
  work.answered();
  expect(errors).toEqual([]);
});

test('cameras that are all away are a known wait', async () => {
  const { start, inferFor, take, clock, agent } = setUp();
  await start();
  await inferFor(20);
  const failure = { failure: 'stalled', message: 'no frame for 10 s', attempt: 1, retryInMs: 1 } as const;
  agent.cameras = new Map([['door', { state: 'retrying', ...failure }]]);
  await clock.advance(20_000);
  take();
  await clock.advance(100_000);
  expect(take()).toEqual(Array.from({ length: 10 }, () => 'WATCHDOG=1'));
});

test('failures alone are no work: not fed after two minutes of them', async () => {
  const { start, inferFor, take, clock, detector, work } = setUp();
  await start();
  await inferFor(20);
  for (let second = 0; second < 130; second++) {
    void detector.detect(new ArrayBuffer(0));
    work.failed();
    await clock.advance(1000);
  }
  take();
  await clock.advance(60_000);
  expect(only('WATCHDOG', take())).toEqual([]);
});

test.each([
  ['one frame after which no camera gives any', 1],
  ['one frame an hour', 3],
])('failures of %s are no two minutes of them', async (_, frames) => {
  const { start, inferFor, take, clock, detector, work, errors } = setUp();
  await start();
  await inferFor(20);
  for (let frame = 0; frame < frames; frame++) {
    void detector.detect(new ArrayBuffer(0));
    work.failed();
    take();
    await clock.advance(3_600_000);
  }
  expect(only('WATCHDOG', take())).toHaveLength(360);
  expect(errors).toEqual([]);
});

test('no answer yet and a failure: not ready, however long no other frame comes', async () => {
  const { start, take, clock, detector, work } = setUp();
  await start();
  void detector.detect(new ArrayBuffer(0));
  work.failed();
  await clock.advance(3_600_000);
  expect(only('READY', take())).toEqual([]);
});

test('the broker goes: told at once, and then in steps', async () => {
  const { start, inferFor, take, agent } = setUp();
  await start();
  await inferFor(20);
  take();
  agent.isConnected = false;
  await inferFor(100);
  expect(only('STATUS', take())).toEqual(
    ['', ' for 20 s', ' for 1 min'].map(
      (away) => `STATUS=1 of 1 cameras running; broker away${away}; 10 frames/s`,
    ),
  );
});

test('what did not arrive is said again', async () => {
  const manager = { isThere: false };
  const { start, inferFor, take } = setUp({ isListening: () => manager.isThere });
  await start();
  await inferFor(20);
  expect(take()).toEqual([]);
  manager.isThere = true;
  await inferFor(1);
  expect(take()).toEqual(['READY=1', 'STATUS=1 of 1 cameras running; 10 frames/s', 'WATCHDOG=1']);
});

test('stopping is said once, when everybody begins to', async () => {
  const { start, inferFor, take, run, supervision } = setUp();
  await start();
  await inferFor(20);
  take();
  run.abort();
  expect(take()).toEqual(['STOPPING=1', 'STATUS=stopping']);
  await inferFor(60);
  await supervision.stop();
  expect(take()).toEqual([]);
});

test('a reload shows as long as it takes, but not before the start is over', async () => {
  const { start, inferFor, take, supervision, clock } = setUp();
  await start();
  take();
  expect(await supervision.reloading(async () => 'early')).toBe('early');
  expect(take()).toEqual([]);
  await inferFor(20);
  take();
  const failed = supervision.reloading(async () => {
    await clock.advance(500);
    throw new Error('refused');
  });
  await expect(failed).rejects.toThrow('refused');
  const [reloading, at, ready] = take();
  expect([reloading, ready]).toEqual(['RELOADING=1', 'READY=1']);
  expect(at).toMatch(/^MONOTONIC_USEC=\d+$/);
});

test('one line, without passwords', async () => {
  const { start, inferFor, take, supervision } = setUp();
  keepSecret('hunter22');
  await start();
  await inferFor(20);
  take();
  supervision.remark('refused:\n rtsp://joe:hunter22@camera\u001b[31m');
  await inferFor(1);
  expect(only('STATUS', take())).toEqual([
    'STATUS=1 of 1 cameras running; 10 frames/s; refused: rtsp://joe:***@camera',
  ]);
  forgetSecrets();
});

test('without a manager nothing happens', async () => {
  const clock = new FakeClock();
  const work = new Work({ nowMs: () => clock.nowMs() });
  const options = { isOpening: () => false, cameras: () => running, isConnected: () => true };
  const log = { error: () => {} } as never;
  const supervision = new Supervision({ manager: undefined, work, clock, log, ...options });
  await supervision.start(new AbortController().signal);
  supervision.started();
  expect(clock.waiting).toBe(0);
  expect(await supervision.reloading(async () => 1)).toBe(1);
  await supervision.stop();
});
