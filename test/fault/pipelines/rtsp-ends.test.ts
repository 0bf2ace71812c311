// Sessions with RTSP cameras that end, from either side -> the camera is told, and we know what ended it.

import { beforeAll, expect, type TestContext, test } from 'vitest';
import { type Clip, clipOf } from '../../support/access-units.js';
import { FakeClock } from '../../support/fake-capture.js';
import { RtspCamera, type RtspCameraOptions } from '../../support/rtsp-camera.js';
import { type WatchOptions, watchServed } from '../../support/watched-camera.js';

let clip: Clip;
beforeAll(async () => {
  clip = await clipOf({ frames: 50, keyEvery: 25 });
});

type Closing = Pick<TestContext, 'onTestFinished'>;

async function served({ onTestFinished }: Closing, options: Partial<RtspCameraOptions> = {}) {
  const camera = await RtspCamera.start({ clip, ...options });
  onTestFinished(() => camera.close());
  return camera;
}

function watched({ onTestFinished }: Closing, camera: RtspCamera, options?: WatchOptions) {
  const one = watchServed(camera, options);
  onTestFinished(() => one.close());
  return one;
}

const TRANSPORTS = ['tcp', 'udp'] as const;

test.concurrent.for(TRANSPORTS)(
  'over %s: a camera with one session is left, and found free',
  async (way, context) => {
    const camera = await served(context, { transport: way, mostSessions: 1 });
    for (let starts = 1; starts <= 2; starts++) {
      const { running, frames, states, close } = watched(context, camera);
      await running.until('frames', () => frames() > 0);
      expect(camera.sessions.size).toBe(1);
      await close();
      expect(camera.sessions.size).toBe(0);
      expect(camera.asked('TEARDOWN').length).toBe(starts);
      expect(states().join()).not.toContain('retrying');
    }
  },
);

test.concurrent('one that has gone silent is left too, before it is tried again', async (context) => {
  let silent = true;
  const camera = await served(context, { mostSessions: 1, send: (p, n) => (silent && n >= 30 ? [] : p) });
  const clock = new FakeClock();
  const { running, frames, states } = watched(context, camera, { clock });
  await running.until('frames', () => frames() > 0);
  await running.until('silence', () => camera.framesSent > 40);
  await clock.advance(60_000);
  await running.until('stalled', () => states().includes('retrying: stalled'));
  await running.until('told', () => camera.sessions.size === 0);
  silent = false;
  const before = frames();
  await clock.advance(1000);
  await running.until('frames again', () => frames() > before);
  expect(states().filter((state) => state.startsWith('retrying'))).toEqual(['retrying: stalled']);
});

test.concurrent('one that does not answer is left without an answer', async (context) => {
  const camera = await served(context, {
    answer: (a, { method }) => (method === 'TEARDOWN' ? undefined : a),
  });
  const { running, frames, close } = watched(context, camera);
  await running.until('frames', () => frames() > 0);
  await close();
  await running.until('told', () => camera.asked('TEARDOWN').length === 1);
});

test.concurrent.for<[string, Partial<RtspCameraOptions>, failure: string, message: string]>([
  [
    'hangs up',
    { send: (p, n) => (n < 30 ? p : undefined) },
    'unreachable',
    'the camera closed the connection',
  ],
  ['says goodbye', { goodbyeAt: 30 }, 'ended', 'the stream ended'],
  ['says goodbye over UDP', { goodbyeAt: 30, transport: 'udp' }, 'ended', 'the stream ended'],
])('one that %s', async ([, options, failure, message], context) => {
  const { running, frames } = watched(context, await served(context, options), { clock: new FakeClock() });
  await running.until('failed', () => running.camera.status.state === 'retrying');
  expect(running.camera.status).toMatchObject({ failure, message });
  expect(frames()).toBeGreaterThan(0);
});

type Answer = NonNullable<RtspCameraOptions['answer']>;
/** Of one second; the clients' usual one is a minute. */
const shortly: Answer = (a, { method }) =>
  method === 'SETUP' ? { ...a, headers: { ...a.headers, Session: '1;timeout=1' } } : a;
const knowsLittle: Answer = (a, { method }) =>
  method === 'OPTIONS' ? { ...a, headers: { ...a.headers, Public: 'DESCRIBE, SETUP, PLAY' } } : a;
const refuses: Answer = (a, { method }) =>
  method === 'GET_PARAMETER' ? { status: '501 Not Implemented', headers: {} } : a;

test.concurrent.for<[string, Answer, asked: string]>([
  ['GET_PARAMETER', (a) => a, 'GET_PARAMETER'],
  ['OPTIONS, as it names nothing else', knowsLittle, 'OPTIONS'],
  ['OPTIONS, as it refuses what it names', refuses, 'OPTIONS'],
])('a session of a second is kept alive by %s', async ([, answer, asked], context) => {
  const camera = await served(context, { answer: (a, r) => shortly(answer(a, r)!, r) });
  const { running, states } = watched(context, camera);
  await running.until('asked twice', () => {
    const ofSession = camera.asked(asked).filter(({ headers }) => headers['session'] === '1');
    return ofSession.length >= 2;
  });
  expect(states().join()).not.toContain('retrying');
});
