// A camera with two streams of different scenes -> it is looked at by the one, and its pictures are of the other.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import type { Box } from '../../../models/detection.js';
import { clipOf } from '../../support/access-units.js';
import { type Daemon, startDaemon } from '../../support/daemon.js';
import { ask, publish } from '../../support/requests.js';
import { RtspCamera, type RtspCameraOptions } from '../../support/rtsp-camera.js';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

const LOGIN = { user: 'me', password: 'se3cret', schemes: ['MD5'] } as const;
const SUB = { width: 320, height: 180 };
const MAIN = { width: 640, height: 360 };
const BLUE = [0, 0, 255];

interface Watching {
  readonly daemon: Daemon;
  readonly main: RtspCamera;
  readonly sub: RtspCamera;
}

/** A white ball that stands still on black in the one, blue in the other. */
async function watching(
  ofMain: Partial<RtspCameraOptions> = {},
  more: Readonly<Record<string, unknown>> = {},
): Promise<Watching> {
  const ball = { pattern: 'ball', frames: 1, ...SUB };
  const sub = await RtspCamera.start({ clip: await clipOf(ball), login: LOGIN });
  const clip = await clipOf({ pattern: 'blue', frames: 10, keyEvery: 5, ...MAIN });
  const main = await RtspCamera.start({ clip, login: LOGIN, ...ofMain });
  const camera = {
    source: main.url('me:se3cret', '/main'),
    detect: sub.url('me:se3cret', '/sub'),
    motion: { enabled: false },
    // A busy machine must not count.
    stallTimeoutSeconds: 60,
  };
  const daemon = await startDaemon(
    { door: camera },
    { requests: { allow: ['snapshot', 'disable'] }, ...more },
  );
  closing.push(main, sub, daemon);
  return { daemon, main, sub };
}

const topic = (last: string) => `cspcam/porch/camera/door/${last}`;

async function pictureOf({ broker }: Daemon) {
  const { stdout } = await promisify(execFile)(
    'mosquitto_sub',
    ['-h', '127.0.0.1', '-p', String(broker.port), '-t', topic('snapshot'), '-C', '1', '-N'],
    { encoding: 'buffer' },
  );
  const { data, info } = await sharp(stdout).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => {
    const start = info.channels * (Math.round(y) * info.width + Math.round(x));
    return [...data.subarray(start, start + 3)];
  };
  return { size: { width: info.width, height: info.height }, at };
}

/** Boxes are orange, two pixels wide, and JPEG spreads their colour. */
const redAround = (at: (x: number, y: number) => number[], x: number, y: number) =>
  Math.max(...[-2, -1, 0, 1, 2].flatMap((dx) => [-2, -1, 0, 1, 2].map((dy) => at(x + dx, y + dy)[0]!)));

const distance = (one: readonly number[], other: readonly number[]) =>
  Math.max(...one.map((value, i) => Math.abs(value - other[i]!)));

test('a picture that is asked for is of the main stream, with boxes of the smaller one; it is open for that alone', async () => {
  // No track begins, so that nothing else wants a picture.
  const { daemon, main, sub } = await watching({}, { tracking: { startScore: 1 } });
  const { subscriber } = daemon;
  const { payload: first } = await subscriber.next(
    (message) => message.topic === topic('detections') && message.payload.detections.length > 0,
  );
  expect(first.frame.sourceSize).toEqual(SUB);
  expect(main.connections).toBe(0);

  expect(await ask(daemon, 'snapshot', { camera: 'door' })).toMatchObject({ status: 'ok', data: MAIN });
  const { size, at } = await pictureOf(daemon);
  expect(size).toEqual(MAIN);
  const corners = [at(5, 5), at(635, 5), at(5, 355), at(635, 355)];
  expect(Math.min(...corners.map((corner) => distance(corner, BLUE)))).toBeLessThan(30);
  // The ball stands still, and so do its boxes: in the middle of each side of each, at twice its place.
  const boxes: Box[] = first.detections.map(({ box }: { box: Box }) => box);
  const middles = ([x1, y1, x2, y2]: Box) => [
    [x1, (y1 + y2) / 2],
    [x2, (y1 + y2) / 2],
    [(x1 + x2) / 2, y2],
  ];
  for (const [x, y] of boxes.flatMap(middles)) {
    expect(redAround(at, 2 * x!, 2 * y!), `${x}, ${y} of the smaller stream`).toBeGreaterThan(100);
    expect(redAround(at, x!, y!)).toBeLessThan(50);
  }

  const { payload } = await subscriber.next(
    (message) => message.topic === topic('status') && message.payload.mainStream !== undefined,
  );
  expect(payload).toMatchObject({ state: 'running', mainStream: { sourceSize: MAIN } });
  expect(JSON.stringify(payload)).not.toContain('se3cret');
  // The size is learnt by the first opening, so that there were two.
  expect([main.connections, main.login!.wrong, sub.connections]).toEqual([2, 0, 1]);
  expect(await ask(daemon, 'snapshot', { camera: 'door' })).toMatchObject({ status: 'ok', data: MAIN });
  expect(main.connections).toBe(3);
  await expect.poll(() => main.open).toBe(0);
});

test('so is the picture of a track that has ended', async () => {
  const { daemon } = await watching();
  const { subscriber } = daemon;
  await subscriber.next(
    (message) => message.topic === topic('status') && message.payload.mainStream !== undefined,
  );
  // By the time that another one has been taken, the first has been drawn.
  await ask(daemon, 'snapshot', { camera: 'door' });
  await publish(daemon.broker.port, topic('snapshot'), '-r', '-n');
  await ask(daemon, 'disable', { camera: 'door' });
  const { size } = await pictureOf(daemon);
  expect(size).toEqual(MAIN);
});

test('a main stream that refuses the login: asked once, said in the status, and the smaller picture given', async () => {
  const { daemon, main, sub } = await watching({ login: { ...LOGIN, password: 'other' } });
  const { subscriber } = daemon;
  await subscriber.next(({ topic: of }) => of === topic('detections'));
  for (let asked = 0; asked < 3; asked++)
    expect(await ask(daemon, 'snapshot', { camera: 'door' })).toMatchObject({ status: 'ok', data: SUB });
  const { payload } = await subscriber.next(
    (message) => message.topic === topic('status') && message.payload.mainStream?.failure !== undefined,
  );
  expect(payload).toMatchObject({
    state: 'running',
    mainStream: {
      failure: 'unauthorized',
      message: `expected a user name and password that the camera accepts for rtsp://***@127.0.0.1:${main.port}/main, received the camera refuses the user name or the password`,
    },
  });
  expect(payload.mainStream.retryInMs).toBeGreaterThan(9 * 60_000);
  expect([main.login!.wrong, sub.login!.wrong]).toEqual([1, 0]);
});
