// What a capture does -> status, frames and restarts of a camera. Clock and captures are fakes.

import { afterEach, expect, test } from 'vitest';
import { Camera } from '../../../pipelines/capture/camera.js';
import type { CameraOptions, CameraStatus } from '../../../pipelines/capture/camera-options.js';
import type { CaptureEnd } from '../../../pipelines/capture/process.js';
import type { WindowRecord } from '../../../pipelines/capture/record-kinds.js';
import type { Frame, WindowFrame } from '../../../pipelines/frame.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { FakeCapture, FakeClock, recordOf, settled } from '../../support/fake-capture.js';

const refused: CaptureEnd = { reason: 'failure', failure: 'refused', message: 'ECONNREFUSED' };
const stallTimeoutMs = 4000;
let opened: Camera | undefined;
afterEach(() => opened?.close());

function open(options: Partial<CameraOptions> = {}) {
  const clock = new FakeClock();
  const captures: FakeCapture[] = [];
  const statuses: CameraStatus[] = [];
  const frames: Frame[] = [];
  const camera = new Camera({
    id: 'door',
    uri: 'rtsp://cam/s',
    inputSize: { width: 4, height: 4 },
    pool: new FramePool(),
    onFrame: (frame) => frames.push(frame),
    onStatus: (status) => statuses.push(status),
    stallTimeoutMs,
    clock,
    random: () => 1,
    knock: () => () => {},
    capture: async (handlers) => {
      captures.push(new FakeCapture(handlers, 100 + captures.length));
      return captures.at(-1) as FakeCapture;
    },
    ...options,
  });
  opened = camera;
  const states = () => statuses.map(({ state }) => state).join(' ');
  const last = () => captures.at(-1) as FakeCapture;
  return { clock, captures, statuses, frames, camera, states, last };
}

async function started(options?: Partial<CameraOptions>) {
  const setup = open(options);
  setup.camera.start();
  await settled();
  return setup;
}

test('nothing happens before start', async () => {
  const { camera, captures, statuses } = open();
  await settled();
  expect([captures.length, statuses.length, camera.status, camera.pid]).toEqual([
    0,
    0,
    { state: 'stopped' },
    undefined,
  ]);
});

test('starting, running with the first frame, stopped', async () => {
  const { camera, last, states } = await started();
  expect([states(), camera.pid]).toEqual(['starting', 100]);
  last().frame(0);
  last().frame(1);
  expect(states()).toBe('starting running');
  await camera.close();
  expect([states(), last().closed]).toEqual(['starting running stopped', true]);
});

test('numbers of frames, and of those passed over, go on over restarts', async () => {
  const { camera, clock, frames, last } = await started();
  const give = (sequence: number, skipped: number) => last().give({ ...recordOf(sequence), skipped });
  give(0, 0);
  give(1, 0);
  give(5, 3);
  expect(camera.restarts).toBe(0);
  last().end(refused);
  await clock.advance(1000);
  give(0, 0);
  give(2, 1);
  expect(camera.restarts).toBe(1);
  expect(frames.map(({ sequence, skipped }) => [sequence, skipped])).toEqual([
    [0, 0],
    [1, 0],
    [5, 3],
    [6, 3],
    [8, 4],
  ]);
  expect(frames.every(({ source }) => source === 'door')).toBe(true);
});

test('backoff doubles, without a starting in between', async () => {
  const { clock, captures, statuses, states, last } = await started();
  for (const [i, retryInMs] of [1000, 2000, 4000, 8000].entries()) {
    last().end(refused);
    expect(statuses.at(-1)).toEqual({
      state: 'retrying',
      failure: 'refused',
      message: 'ECONNREFUSED',
      attempt: i + 1,
      retryInMs,
    });
    const before = captures.length;
    await clock.advance(retryInMs - 1);
    expect(captures).toHaveLength(before);
    await clock.advance(1);
    expect(captures).toHaveLength(before + 1);
  }
  last().frame(0);
  expect(states()).toBe('starting retrying retrying retrying retrying running');
});

test.each([
  ['v4l2:/dev/video0', 'device-gone', 10_000],
  ['rtsp://cam/s', 'not-found', 300_000],
])(
  '%s that is not found once it has run is %s, and tried again after %i ms at most',
  async (uri, failure, mostMs) => {
    const { clock, statuses, last } = await started({ uri });
    last().end({ reason: 'failure', failure: 'not-found', message: 'none' });
    expect(statuses.at(-1)).toMatchObject({ failure: 'not-found' });
    await clock.advance(5000);
    last().frame(0);
    let retryInMs = 0;
    for (let i = 0; i < 12; i++) {
      last().end({ reason: 'failure', failure: 'not-found', message: 'none' });
      const status = statuses.at(-1);
      expect(status).toMatchObject({ state: 'retrying', failure });
      retryInMs = (status as { retryInMs: number }).retryInMs;
      await clock.advance(retryInMs);
    }
    expect(retryInMs).toBe(mostMs);
  },
);

test.each([
  ['9 s of frames do not', 9, 3],
  ['10 s of frames do', 10, 1],
])('%s start the backoff again', async (_, seconds, attempt) => {
  const { clock, last, statuses } = await started();
  for (let i = 0; i < 2; i++) {
    if (i > 0) await clock.advance(1000);
    last().end(refused);
  }
  await clock.advance(2000);
  for (let i = 0; i <= seconds; i++) {
    if (i > 0) await clock.advance(1000);
    last().frame(i);
  }
  last().end(refused);
  expect(statuses.at(-1)).toMatchObject({ state: 'retrying', attempt });
});

test('a wrong password for an hour is at most six logins', async () => {
  let logins = 0;
  const { camera, clock } = await started({
    // The shortest waits that jitter gives.
    random: () => 0,
    capture: async (handlers) => {
      logins++;
      setImmediate(() => handlers.end({ reason: 'failure', failure: 'unauthorized', message: 'wrong' }));
      return new FakeCapture(handlers, 1);
    },
  });
  for (let minute = 0; minute < 60; minute++) {
    await new Promise(setImmediate);
    await clock.advance(60_000);
  }
  expect(camera.status).toMatchObject({ state: 'retrying', failure: 'unauthorized' });
  expect(logins).toBeLessThanOrEqual(6);
  expect(logins).toBeGreaterThan(1);
});

test('each class of failures has waits of its own, over others in between', async () => {
  const { clock, last, statuses } = await started();
  const waits: unknown[] = [];
  for (const failure of ['unauthorized', 'refused', 'unauthorized', 'refused', 'stalled'] as const) {
    last().end({ reason: 'failure', failure, message: '' });
    const { retryInMs } = statuses.at(-1) as { retryInMs: number };
    waits.push([failure, retryInMs / 1000]);
    await clock.advance(retryInMs);
  }
  expect(waits).toEqual([
    ['unauthorized', 1200],
    ['refused', 1],
    ['unauthorized', 1800],
    ['refused', 2],
    ['stalled', 0.5],
  ]);
});

test('a capture that was too slow for its first frame is given twice, then four times as long', async () => {
  const { clock, captures, last } = await started();
  const limits: number[] = [];
  for (let start = 0; start < 4; start++) {
    const { length } = captures;
    let waitedMs = 0;
    for (; !captures[length - 1]!.killed; waitedMs += 500) await clock.advance(500);
    limits.push(waitedMs);
    while (captures.length === length) await clock.advance(500);
  }
  expect(limits).toEqual([4500, 8500, 16_500, 16_500]);
  last().frame(0);
  await clock.advance(stallTimeoutMs + 500);
  expect(last().killed).toBe(true);
});

test.each([
  ['refused', true],
  ['unreachable', false],
] as const)(
  'a camera that was %s is opened as soon as it is there again, once',
  async (failure, wasClosed) => {
    let open = () => {};
    let ended = 0;
    const { clock, captures, last, camera } = await started({
      knock: (knocking) => {
        open = knocking.onOpen;
        expect(knocking).toMatchObject({ host: 'cam', port: 554, wasClosed });
        return () => ended++;
      },
    });
    last().end({ reason: 'failure', failure, message: '' });
    open();
    await settled();
    expect([captures.length, camera.restarts, ended]).toEqual([2, 1, 1]);
    await clock.advance(60_000 - stallTimeoutMs);
    expect(camera.restarts).toBeLessThan(20);
    last().end({ reason: 'failure', failure: 'unauthorized', message: '' });
    await camera.close();
    expect(ended).toBeGreaterThan(0);
  },
);

test('a key frame may take longer than any other, and what is waited for is said', async () => {
  const { captures, clock, statuses, states } = await started({ keyFrameTimeoutMs: 30_000 });
  captures[0]?.waiting();
  await clock.advance(29_000);
  expect([captures[0]?.killed, states()]).toEqual([false, 'starting waiting-for-key-frame']);
  await clock.advance(3000);
  expect(captures[0]?.killed).toBe(true);
  expect(statuses.at(-1)).toMatchObject({ failure: 'stalled', message: 'no key frame for 30.5 s' });
});

test('after its first frame a camera that waited has the usual time limit', async () => {
  const { captures, clock, states } = await started();
  captures[0]?.waiting();
  await clock.advance(20_000);
  captures[0]?.frame(0);
  expect(states()).toBe('starting waiting-for-key-frame running');
  await clock.advance(1.25 * stallTimeoutMs);
  expect(captures[0]?.killed).toBe(true);
});

test.each([
  ['from the start', []],
  ['after frames', [0, 1, 2]],
])('a capture that is silent %s is killed and started again', async (_, sequences) => {
  const { clock, captures, statuses } = await started();
  for (const sequence of sequences) captures[0]?.frame(sequence);
  // Looks are half a second apart, and two in a row must find it silent.
  await clock.advance(stallTimeoutMs);
  expect(captures[0]?.killed).toBe(false);
  await clock.advance(500);
  expect(captures[0]?.killed).toBe(true);
  expect(statuses.at(-1)).toMatchObject({
    state: 'retrying',
    failure: 'stalled',
    message: 'no frame for 4.5 s',
  });
  await clock.advance(500);
  expect(captures).toHaveLength(2);
  captures[1]?.frame(0);
  expect(statuses.at(-1)).toEqual({ state: 'running' });
});

test('a capture that is ended for its silence has stalled, whatever it says last', async () => {
  const { clock, captures, statuses } = await started();
  captures[0]!.frame(0);
  captures[0]!.kill = () => captures[0]!.end({ reason: 'eos', produced: 1 });
  await clock.advance(stallTimeoutMs + 500);
  expect(statuses.at(-1)).toMatchObject({ state: 'retrying', failure: 'stalled' });
});

test('a recording may pause for as long as it was made to, once it plays', async () => {
  const { clock, captures, states } = await started({ uri: 'file:timelapse.mp4' });
  captures[0]?.frame(0);
  await clock.advance(3_600_000);
  captures[0]?.frame(1);
  expect([captures[0]?.killed, states()]).toEqual([false, 'starting running']);
});

test('frames that come keep a capture alive', async () => {
  const { clock, captures } = await started();
  for (let i = 0; i < 20; i++) {
    await clock.advance(stallTimeoutMs - 1);
    captures[0]?.frame(i);
  }
  expect(captures[0]?.killed).toBe(false);
});

test('after a pause of this process the frames that wait are read first', async () => {
  const { clock, captures } = await started();
  captures[0]?.frame(0);
  clock.jump(60_000);
  await clock.advance(0);
  captures[0]?.frame(1);
  await clock.advance(stallTimeoutMs / 4);
  expect(captures[0]?.killed).toBe(false);
});

test('time that passes before the capture exists does not count as silence', async () => {
  let found = () => {};
  const searching = new Promise<void>((resolve) => {
    found = resolve;
  });
  const made: FakeCapture[] = [];
  const { clock, camera } = open({
    capture: async (handlers) => {
      await searching;
      made.push(new FakeCapture(handlers, 7));
      return made[0] as FakeCapture;
    },
  });
  camera.start();
  await clock.advance(10 * stallTimeoutMs);
  found();
  await clock.advance(stallTimeoutMs);
  expect(made[0]?.killed).toBe(false);
  await clock.advance(stallTimeoutMs);
  expect(made[0]?.killed).toBe(true);
});

test('a capture that cannot even be made is tried again', async () => {
  let tries = 0;
  const { clock, camera, statuses } = open({
    capture: async () => {
      tries += 1;
      throw new Error('spawn ENOMEM');
    },
  });
  camera.start();
  await settled();
  expect(statuses.at(-1)).toMatchObject({ state: 'retrying', failure: 'crashed', message: 'spawn ENOMEM' });
  await clock.advance(500);
  expect(tries).toBe(2);
});

test.each([
  ['rtsp://cam/s', {}, 'retrying'],
  ['gst:videotestsrc', {}, 'retrying'],
  ['a.mp4', {}, 'running'],
  ['a.mp4', { loop: false }, 'ended'],
  ['test:ball?frames=3', {}, 'ended'],
])('the end of %s %j: %s', async (uri, options, state) => {
  const { captures, clock, statuses, frames, last } = await started({ uri, ...options });
  last().frame(0);
  last().end({ reason: 'eos', produced: 1 });
  await settled();
  // However short a recording is, it does not begin more than once a second.
  expect(captures).toHaveLength(1);
  if (state === 'running') await clock.advance(1000);
  expect(statuses.at(-1)?.state).toBe(state);
  expect(captures).toHaveLength(state === 'running' ? 2 : 1);
  expect(frames).toHaveLength(1);
});

test('a recording without a frame is not read in a tight circle', async () => {
  const { statuses, last } = await started({ uri: 'a.mp4' });
  last().end({ reason: 'eos', produced: 0 });
  expect(statuses.at(-1)).toMatchObject({ state: 'retrying', failure: 'ended', retryInMs: 500 });
});

test('close in any state leaves no timer and no capture', async () => {
  for (const before of ['starting', 'running', 'retrying'] as const) {
    const { camera, captures, clock, last, states } = await started();
    if (before === 'running') last().frame(0);
    if (before === 'retrying') last().end(refused);
    await Promise.all([camera.close(), camera.close()]);
    expect(clock.waiting).toBe(0);
    await clock.advance(60_000);
    expect(captures).toHaveLength(1);
    if (before !== 'retrying') expect(last().closed).toBe(true);
    expect(states()).toMatch(/ stopped$/);
    expect(states().match(/stopped/g)).toHaveLength(1);
  }
});

test('close during the start aborts what makes the capture, and waits for it', async () => {
  let made = false;
  const { camera } = open({
    capture: (_handlers, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () =>
          setImmediate(() => {
            made = true;
            reject(signal.reason);
          }),
        );
      }),
  });
  camera.start();
  await camera.close();
  expect([made, camera.status]).toEqual([true, { state: 'stopped' }]);
});

test('close during the start waits for the capture and closes it', async () => {
  const { camera, captures } = open();
  camera.start();
  await camera.close();
  expect(captures.map(({ closed }) => closed)).toEqual([true]);
});

test('frames after close go back to the pool', async () => {
  const pool = new FramePool();
  const { camera, last, frames } = await started({ pool });
  await camera.close();
  const pixels = new ArrayBuffer(48);
  last().frame(0, pixels);
  expect([pool.acquire(48), frames]).toEqual([pixels, []]);
});

test('a URI that cannot be parsed is refused at once', () => {
  expect(() => open({ uri: 'ftp://cam' })).toThrow('expected a source');
});

const WINDOW: WindowRecord = {
  kind: 'window',
  sequence: 0,
  sourceSize: { width: 8, height: 4 },
  window: { x: 4, y: 0, width: 4, height: 4 },
  content: { x: 0, y: 0, width: 4, height: 4 },
};

test('windows are asked of the capture, and come with the number of their frame, over restarts', async () => {
  const windows: WindowFrame[] = [];
  const { camera, clock, last } = await started({ onWindow: (window) => windows.push(window) });
  camera.look([WINDOW.window], 1234);
  expect(last().asked).toEqual([{ kind: 'windows', windows: [WINDOW.window], notBeforeMs: 1234 }]);
  last().frame(0);
  last().giveWindow(WINDOW);
  last().end(refused);
  await clock.advance(60_000);
  last().frame(0);
  last().giveWindow(WINDOW);
  expect(windows.map(({ source, sequence }) => [source, sequence])).toEqual([
    ['door', 0],
    ['door', 1],
  ]);
});

test('a camera without second looks asks for no window, and gives the buffer of one back that comes', async () => {
  const pool = new FramePool();
  const { camera, last } = await started({ pool });
  camera.look([WINDOW.window]);
  expect(last().asked).toEqual([]);
  const pixels = new ArrayBuffer(48);
  last().giveWindow(WINDOW, pixels);
  expect(pool.acquire(48)).toBe(pixels);
});
