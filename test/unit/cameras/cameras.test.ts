// Cameras started, opened and closed while the agent runs -> one stream of frames. The captures are fakes.

import { expect, test } from 'vitest';
import { Cameras, type CamerasOptions } from '../../../agent/cameras/cameras.js';
import { complete, configFile } from '../../../agent/config/schema.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { FakeCapture, recordOf, settled } from '../../support/fake-capture.js';

const refused = { reason: 'failure', failure: 'refused', message: 'ECONNREFUSED' } as const;
const eos = { reason: 'eos', produced: 1 } as const;

const configOf = (cameras: Record<string, object>) =>
  complete(configFile.parse({ device: 'porch', mqtt: { url: 'mqtt://broker' }, cameras }));

function setUp(cameras: Record<string, object>, options: Partial<CamerasOptions> = {}) {
  let config = configOf(cameras);
  const captures: FakeCapture[] = [];
  const statuses: string[] = [];
  const all = new Cameras({
    get cameras() {
      return config.cameras;
    },
    inputSize: { width: 4, height: 4 },
    pool: new FramePool(),
    onStatus: (camera, { state }) => statuses.push(`${camera} ${state}`),
    capture: async (handlers) => {
      captures.push(new FakeCapture(handlers, captures.length));
      return captures.at(-1)!;
    },
    ...options,
  });
  const stop = new AbortController();
  const frames = all.frames(stop.signal)[Symbol.asyncIterator]();
  const next = async () => {
    const { value } = await frames.next();
    return value === undefined ? 'the end' : `${value.source} ${value.sequence}`;
  };
  const start = async () => {
    await all.start(stop.signal);
    await settled();
  };
  const adopt = async (other: Record<string, object>, opened: readonly string[] = []) => {
    config = configOf(other);
    const adopted = all.adopt(opened);
    await adopted;
    await settled();
  };
  return { cameras: all, captures, statuses, stop, next, start, adopt };
}

const door = { source: 'rtsp://door/s' };
const shed = { source: 'rtsp://shed/s' };
const clip = { source: 'clip.mp4' };

test('start opens those that are not switched off', async () => {
  const { cameras, captures, statuses, start } = setUp({ door, shed: { ...shed, enabled: false } });
  expect(statuses).toEqual([]);
  await start();
  expect([statuses, captures.length]).toEqual([['door starting'], 1]);
  expect([cameras.isOpen('door'), cameras.isOpen('shed')]).toEqual([true, false]);
  await cameras.stop();
});

test('frames go on over closing and opening; a second opening changes nothing', async () => {
  const { cameras, captures, start, next } = setUp({ door });
  await start();
  cameras.open('door');
  captures[0]!.frame(7);
  expect(await next()).toBe('door 7');
  // What it has given before it is closed is still handed over.
  captures[0]!.frame(8);
  await cameras.close('door');
  expect([cameras.isOpen('door'), captures[0]!.closed]).toEqual([false, true]);
  expect(await next()).toBe('door 8');
  const waiting = next();
  cameras.open('door');
  await settled();
  captures[1]!.frame(0);
  expect(await waiting).toBe('door 0');
  expect(captures).toHaveLength(2);
  await cameras.stop();
});

test('restarts are counted over all openings, however many close at once', async () => {
  const { cameras, captures, start } = setUp({ door });
  await start();
  for (let opening = 0; opening < 2; opening++) {
    const before = captures.length;
    captures.at(-1)!.end(refused);
    await expect.poll(() => captures.length).toBe(before + 1);
    await settled();
    await Promise.all([cameras.close('door'), cameras.close('door')]);
    cameras.open('door');
    await settled();
  }
  expect(cameras.restarts('door')).toBe(2);
  await cameras.stop();
});

test('the last recording that ends is the end, after its last frame', async () => {
  const { captures, start, next } = setUp({ a: clip, b: clip });
  await start();
  captures[0]!.end(eos);
  captures[1]!.frame(0);
  expect(await next()).toBe('b 0');
  captures[1]!.frame(1);
  captures[1]!.end(eos);
  expect([await next(), await next()]).toEqual(['b 1', 'the end']);
});

test('a recording that has ended plays again where it is opened again', async () => {
  const { cameras, captures, start, next } = setUp({ door, a: clip });
  await start();
  captures[1]!.end(eos);
  await cameras.close('a');
  cameras.open('a');
  await settled();
  captures[2]!.frame(0);
  expect(await next()).toBe('a 0');
  await cameras.stop();
  expect(await next()).toBe('the end');
});

test('a camera that is closed may be opened again: it is no end', async () => {
  const { cameras, captures, start, next } = setUp({ door, a: clip });
  await start();
  await cameras.close('door');
  captures[1]!.end(eos);
  const waiting = next();
  cameras.open('door');
  await settled();
  captures[2]!.frame(3);
  expect(await waiting).toBe('door 3');
  await cameras.stop();
});

test('a recording that is closed after its end may be opened again too: it is no end', async () => {
  const { cameras, captures, start, next } = setUp({ a: clip, b: clip });
  await start();
  captures[0]!.end(eos);
  const closed = cameras.close('a');
  captures[1]!.end(eos);
  await closed;
  const waiting = next();
  cameras.open('a');
  await settled();
  captures[2]!.frame(5);
  expect(await waiting).toBe('a 5');
  expect(cameras.areOver).toBe(false);
  captures[2]!.end(eos);
  expect(await next()).toBe('the end');
  await cameras.close('b');
  expect(cameras.areOver, 'whatever happens after it').toBe(true);
});

test('maxFps passes frames over', async () => {
  // Frames of the fake are 40 ms apart.
  const limited: string[] = [];
  const onLimited = (camera: string) => limited.push(camera);
  const { cameras, captures, start, next } = setUp({ door: { ...door, maxFps: 12.5 } }, { onLimited });
  await start();
  const seen: string[] = [];
  for (let i = 0; i < 6; i++) {
    captures[0]!.frame(i);
    if (i % 2 === 0) seen.push(await next());
  }
  expect(seen).toEqual(['door 0', 'door 2', 'door 4']);
  expect(limited).toEqual(['door', 'door', 'door']);
  await cameras.stop();
  expect(await next()).toBe('the end');
});

test('an aborted start opens nothing', async () => {
  const { cameras, captures, statuses, stop } = setUp({ door });
  stop.abort(new Error('enough'));
  await expect(cameras.start(stop.signal)).rejects.toThrow('enough');
  await settled();
  expect([captures, statuses]).toEqual([[], []]);
});

test.each([
  ['never started', async () => {}],
  [
    'while captures are being made',
    async ({ cameras }: ReturnType<typeof setUp>) => cameras.start(new AbortController().signal),
  ],
  ['running', async ({ start }: ReturnType<typeof setUp>) => start()],
] as const)('stop leaves no capture and ends the stream: %s', async (_, before) => {
  const all = setUp({ door, shed });
  await before(all);
  await Promise.all([all.cameras.stop(), all.cameras.stop()]);
  await all.cameras.stop();
  const opened = all.captures.length;
  expect(all.captures.every(({ closed }) => closed)).toBe(true);
  expect(await all.next()).toBe('the end');
  all.cameras.open('door');
  await settled();
  expect([all.captures.length, all.cameras.isOpen('door')]).toEqual([opened, false]);
});

test('a main stream of another shape, where the privacy masks are nobody knows, is used for no picture', async () => {
  const streams = { source: 'rtsp://yard/main', detect: 'rtsp://yard/sub' };
  const mask = [
    [0, 0],
    [1, 0],
    [1, 1],
  ];
  const { cameras, captures, start, next } = setUp({
    masked: { ...streams, masks: { privacy: [mask] } },
    open: streams,
  });
  const pictureOf = async (camera: string, width: number) => {
    const before = captures.length;
    const picture = cameras.fullPicture(camera);
    picture.catch(() => {});
    await settled();
    // Twice where the size is news.
    for (let i = before; i < captures.length; i++) {
      const size = { width, height: 4 };
      const content = { x: 0, y: 0, width: 4, height: width === 4 ? 4 : 2 };
      captures[i]!.give({ ...recordOf(i), sourceSize: size, content });
      await settled();
    }
    return picture;
  };
  await start();
  // What is looked at is 8 x 4.
  captures[0]!.frame(0);
  captures[1]!.frame(0);
  await Promise.all([next(), next()]);
  expect((await pictureOf('open', 4)).sourceSize).toEqual({ width: 4, height: 4 });
  expect((await pictureOf('masked', 8)).sourceSize).toEqual({ width: 4, height: 2 });
  await expect(pictureOf('masked', 4)).rejects.toThrow('the shape of what is looked at');
  const opened = captures.length;
  await expect(pictureOf('masked', 4)).rejects.toThrow('the shape of what is looked at');
  expect(captures.length, 'it is not opened for nothing').toBe(opened);
  await cameras.close('masked');
  cameras.open('masked');
  await settled();
  captures.at(-1)!.frame(0);
  expect((await pictureOf('masked', 8)).sourceSize, 'after a restart it is tried again').toEqual({
    width: 4,
    height: 2,
  });
  await cameras.stop();
});

test('of two streams one is looked at; the other is opened for a picture, while the first runs', async () => {
  const states: object[] = [];
  const yard = { source: 'rtsp://yard/main', detect: 'rtsp://yard/sub' };
  const { cameras, captures, start, next } = setUp(
    { yard, shed },
    { onMainStream: (camera, state) => states.push({ camera, ...state }) },
  );
  await start();
  expect(captures).toHaveLength(2);
  await expect(cameras.fullPicture('yard')).rejects.toThrow('a camera that is running, with detect');
  captures[0]!.frame(0);
  expect(await next()).toBe('yard 0');
  captures[1]!.frame(0);
  await expect(cameras.fullPicture('shed')).rejects.toThrow('a camera that is running, with detect');

  const picture = cameras.fullPicture('yard');
  await settled();
  // Of another size than the usual one: it is opened twice.
  captures[2]!.frame(7);
  await settled();
  captures[3]!.frame(8);
  expect((await picture).sequence).toBe(8);
  expect(captures.map(({ closed }) => closed)).toEqual([false, false, true, true]);
  expect(states).toEqual([{ camera: 'yard', sourceSize: { width: 8, height: 4 } }]);

  const late = expect(cameras.fullPicture('yard')).rejects.toThrow('the end of the camera');
  await settled();
  await cameras.stop();
  await late;
  expect(captures.every(({ closed }) => closed)).toBe(true);
  await expect(cameras.fullPicture('yard')).rejects.toThrow();
});

test('another configuration: one goes, one comes, one is opened anew, one goes on', async () => {
  const yard = { source: 'rtsp://yard/s' };
  const { cameras, captures, statuses, start, next, adopt } = setUp({ door, shed, yard });
  await start();
  captures[1]!.frame(0);
  captures[2]!.frame(3);
  const barn = { source: 'rtsp://barn/s' };
  statuses.length = 0;
  await adopt({ door, shed: { source: 'rtsp://shed/other' }, barn }, ['shed']);
  expect(captures.map(({ closed }) => closed)).toEqual([false, true, true, false, false]);
  expect(statuses.toSorted()).toEqual([
    ...['barn starting', 'shed starting', 'shed stopped', 'yard stopped'],
  ]);
  expect([cameras.isOpen('yard'), cameras.isOpen('barn'), cameras.restarts('yard')]).toEqual([
    ...[false, true, 0],
  ]);
  // What waited of those that were closed is not handed over, nor what comes late.
  captures[2]!.frame(4);
  captures[0]!.frame(5);
  expect(await next()).toBe('door 5');
  cameras.open('yard');
  await cameras.close('yard');
  await expect(cameras.fullPicture('yard')).rejects.toThrow('expected a camera');
  expect(captures).toHaveLength(5);
  await cameras.stop();
});

test('another configuration: switched on and off, and another rate', async () => {
  const { cameras, captures, start, next, adopt } = setUp({ door, shed: { ...shed, enabled: false } });
  await start();
  await adopt({ door: { ...door, enabled: false }, shed: { ...shed, maxFps: 12.5 } });
  expect([cameras.isOpen('door'), cameras.isOpen('shed')]).toEqual([false, true]);
  // Frames of the fake are 40 ms apart.
  captures[1]!.frame(0);
  expect(await next()).toBe('shed 0');
  captures[1]!.frame(1);
  captures[1]!.frame(2);
  expect(await next()).toBe('shed 2');
  await cameras.stop();
});

test('one that is switched on while another configuration closes it is opened', async () => {
  let isOn = true;
  const { cameras, start, adopt } = setUp({ door }, { isEnabled: () => isOn });
  await start();
  isOn = false;
  const adopted = adopt({ door });
  isOn = true;
  cameras.open('door');
  await adopted;
  expect(cameras.isOpen('door')).toBe(true);
  await cameras.stop();
});

test('another configuration of recordings alone that have ended is the end', async () => {
  const { captures, start, next, adopt } = setUp({ door, a: clip });
  await start();
  captures[1]!.end(eos);
  await adopt({ a: clip });
  expect(await next()).toBe('the end');
});

test('a stop during another configuration leaves no capture', async () => {
  const all = setUp({ door, shed });
  await all.start();
  const adopting = all.adopt({ door, shed, barn: { source: 'rtsp://barn/s' } }, ['door', 'shed']);
  await all.cameras.stop();
  await adopting;
  expect(all.captures.every(({ closed }) => closed)).toBe(true);
  expect(['door', 'shed', 'barn'].map((id) => all.cameras.isOpen(id))).toEqual([false, false, false]);
});

test('windows are asked of cameras with second looks alone, and not of frames that maxFps passes over', async () => {
  const { cameras, captures, start } = setUp(
    { door: { ...door, maxFps: 5 }, shed },
    { looksTwice: (camera) => camera === 'door', onWindow: () => {} },
  );
  await start();
  const window = { x: 0, y: 0, width: 4, height: 4 };
  captures[0]!.frame(0);
  for (const camera of ['door', 'shed', 'none']) cameras.look(camera, [window]);
  const { capturedMonotonicMs } = recordOf(0);
  expect(captures.map(({ asked }) => asked)).toEqual([
    [{ kind: 'windows', windows: [window], notBeforeMs: capturedMonotonicMs + 200 }],
    [],
  ]);
  expect([cameras.queue.isWaiting, cameras.queue.replaced]).toEqual([true, 0]);
  await cameras.stop();
});
