// RTSP cameras that give nothing, or what must not be taken -> a class, one line, and what they were told.

import { beforeAll, expect, type TestContext, test } from 'vitest';
import { type Clip, clipOf } from '../../support/access-units.js';
import { type Certificate, selfSigned } from '../../support/certificate.js';
import { FakeClock } from '../../support/fake-capture.js';
import { RtspCamera, type RtspCameraOptions } from '../../support/rtsp-camera.js';
import { type WatchOptions, watch, watchServed } from '../../support/watched-camera.js';

function later<T extends { close(): Promise<void> }>(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  one: T,
): T {
  onTestFinished(() => one.close());
  return one;
}

let clip: Clip;
let certificate: Certificate;
beforeAll(async () => {
  clip = await clipOf({ frames: 50, keyEvery: 25 });
  certificate = await selfSigned();
});

const USER = { user: 'joe', password: 'right' } as const;
const ESCAPES = '\u001b[31m\u001b]0;title\u0007';
const says =
  (method: string, status: string): NonNullable<RtspCameraOptions['answer']> =>
  (answer, request) =>
    request.method === method ? { status, headers: {} } : answer;
/** Any text that holds it. */
const literal = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));

interface Case {
  readonly camera?: Partial<RtspCameraOptions>;
  readonly ours?: WatchOptions;
  readonly failure: string;
  readonly line: string | RegExp;
  /** Frames may come before it. */
  readonly hasFrames?: boolean;
  /** From when on nothing comes any more. */
  readonly isSilent?: (served: RtspCamera) => boolean;
  /** Of one start. */
  readonly wrongLogins?: number;
}

test.concurrent.for<[string, () => Case]>([
  [
    'another fingerprint',
    () => ({
      camera: { tls: certificate },
      ours: { tls: { fingerprint: 'AB'.repeat(32) } },
      failure: 'certificate',
      line: certificate.fingerprint,
    }),
  ],
  [
    'a wrong password',
    () => ({
      camera: { login: { ...USER, schemes: ['MD5'] } },
      ours: { login: 'joe:secret' },
      failure: 'unauthorized',
      line: 'refuses the user name or the password',
      wrongLogins: 1,
    }),
  ],
  [
    'Basic in clear',
    () => ({
      camera: { login: { ...USER, schemes: ['Basic'] } },
      ours: { login: 'joe:right' },
      failure: 'unauthorized',
      line: 'in clear only (Basic)',
    }),
  ],
  [
    'no password',
    () => ({
      camera: { login: { ...USER, schemes: ['MD5'] } },
      failure: 'unauthorized',
      line: 'asks for a user name and a password',
    }),
  ],
  [
    'DESCRIBE 403',
    () => ({
      camera: { answer: says('DESCRIBE', '403 Forbidden') },
      failure: 'unauthorized',
      line: 'DESCRIBE: 403 Forbidden',
    }),
  ],
  [
    'DESCRIBE 404',
    () => ({
      camera: { answer: says('DESCRIBE', '404 Not Found') },
      failure: 'not-found',
      line: 'DESCRIBE: 404 Not Found',
    }),
  ],
  [
    'DESCRIBE 500',
    () => ({
      camera: { answer: says('DESCRIBE', '500 Oops') },
      failure: 'unreachable',
      line: 'DESCRIBE: 500 Oops',
    }),
  ],
  [
    'SETUP 453',
    () => ({
      camera: { answer: says('SETUP', '453 Not Enough Bandwidth') },
      failure: 'unreachable',
      line: 'SETUP: 453 Not Enough Bandwidth',
    }),
  ],
  [
    'PLAY 454',
    () => ({
      camera: { answer: says('PLAY', '454 Session Not Found') },
      failure: 'not-found',
      line: 'PLAY: 454 Session Not Found',
    }),
  ],
  [
    'escape sequences in its reason',
    () => ({
      camera: { answer: says('DESCRIBE', `500 ${ESCAPES}Oops`) },
      failure: 'unreachable',
      line: /DESCRIBE: 500 Oops$/,
    }),
  ],
  [
    'a redirect without an end',
    () => ({
      camera: {
        answer: (a, { method, url }) =>
          method === 'DESCRIBE' ? { status: '302 Moved', headers: { Location: `${url}x` } } : a,
      },
      failure: 'not-found',
      line: 'more than 3 times',
    }),
  ],
  [
    'a redirect to the port of RTSP, at which nobody listens',
    () => ({
      camera: { answer: says('DESCRIBE', '302 Moved\r\nLocation: rtsp://127.0.0.1/second') },
      failure: 'refused',
      line: 'ECONNREFUSED 127.0.0.1:554',
    }),
  ],
  [
    'audio alone',
    () => ({
      camera: { description: (sdp) => sdp.replace('m=video', 'm=audio') },
      failure: 'decode',
      line: 'without video',
    }),
  ],
  [
    'no answer to DESCRIBE',
    () => ({
      camera: { answer: (a, { method }) => (method === 'DESCRIBE' ? undefined : a) },
      isSilent: (served) => served.asked('DESCRIBE').length > 0,
      failure: 'stalled',
      line: /^no frame for/,
    }),
  ],
  [
    'bytes that are no RTSP',
    () => ({
      camera: { segments: () => [Buffer.from('HTTP/1.1 200 OK\r\n\r\n')] },
      failure: 'unreachable',
      line: 'not RTSP',
    }),
  ],
  [
    'silence after some frames',
    () => ({
      camera: { send: (p, n) => (n < 20 ? p : []) },
      isSilent: (served) => served.framesSent > 25,
      failure: 'stalled',
      line: /^no frame for/,
      hasFrames: true,
    }),
  ],
])('%s', async ([, make], context) => {
  const { camera, ours, failure, line, hasFrames = false, isSilent, wrongLogins = 0 } = make();
  // Nothing is late, and nothing tried again, unless the test says so.
  const clock = new FakeClock();
  const { running, served, frames, wrong } = later(
    context,
    await watch({ clip, ...camera }, { clock, ...ours }),
  );
  if (isSilent !== undefined) {
    await running.until('silent', () => isSilent(served) && (!hasFrames || frames() > 0));
    await clock.advance(60_000);
  }
  await running.until('failed', () => running.camera.status.state === 'retrying');
  const { status } = running.camera;
  expect(status).toMatchObject({
    failure,
    message: expect.stringMatching(typeof line === 'string' ? literal(line) : line),
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would steer the terminal
  expect(status.state === 'retrying' && status.message).not.toMatch(/[\u0000-\u001f\u007f]|secret/);
  expect(wrong).toEqual([]);
  expect(frames() > 0).toBe(hasFrames);
  expect([served.login?.wrong ?? 0, served.login?.inClear ?? 0]).toEqual([wrongLogins, 0]);
});

test.concurrent.for<[string, () => WatchOptions['tls']]>([
  ['its authority', () => ({ ca: certificate.file })],
  ['its fingerprint', () => ({ fingerprint: certificate.fingerprint })],
])('a certificate that is trusted by %s plays', async ([, tls], context) => {
  const { running, frames, wrong } = later(
    context,
    await watch(
      { clip, tls: certificate, login: { ...USER, schemes: ['Basic'] } },
      { tls: tls(), login: 'joe:right' },
    ),
  );
  await running.until('10 frames', () => frames() >= 10);
  expect(wrong).toEqual([]);
});

test.concurrent('a redirect to another host is not followed, and no password goes there', async (context) => {
  const other = later(
    context,
    await RtspCamera.start({ clip, address: '127.0.0.2', login: { ...USER, schemes: ['Basic'] } }),
  );
  const { running } = later(
    context,
    await watch(
      {
        clip,
        login: { ...USER, schemes: ['MD5'] },
        answer: (a, { method }) =>
          method === 'DESCRIBE' && a.status.startsWith('200')
            ? { status: '302 Moved', headers: { Location: other.url() } }
            : a,
      },
      { login: 'joe:right', ending: '#auth=basic' },
    ),
  );
  await running.until('refused', () => running.camera.status.state === 'retrying');
  expect(running.camera.status).toMatchObject({
    failure: 'not-found',
    message: expect.stringContaining('another host, rtsp://127.0.0.2'),
  });
  expect([other.connections, other.requests]).toEqual([0, []]);
});

const HOUR_MS = 3_600_000;

test.concurrent('a wrong password for three hours: six logins an hour at most; the right one is back within a wait, or at once', async (context) => {
  const served = later(
    context,
    await RtspCamera.start({
      clip,
      login: { ...USER, password: 'other', schemes: ['MD5'], lockAfter: 1000 },
    }),
  );
  const clock = new FakeClock();
  // The shortest waits that there are.
  const options = { clock, random: () => 0, login: 'joe:right' };
  const one = later(context, watchServed(served, options));
  const triedMs: number[] = [];
  const tried = async () => {
    const before = one.running.statuses.length;
    await one.running.until('refused', () => {
      const { status } = one.running.camera;
      return status.state === 'retrying' && status.attempt === triedMs.length + 1;
    });
    triedMs.push(clock.nowMs());
    expect(one.running.statuses.length).toBeGreaterThanOrEqual(before);
    const { status } = one.running.camera;
    return status.state === 'retrying' ? status.retryInMs : 0;
  };
  let waitMs = await tried();
  while (clock.nowMs() + waitMs < 3 * HOUR_MS) {
    await clock.advance(waitMs);
    waitMs = await tried();
  }
  expect(served.login?.wrong).toBe(triedMs.length);
  for (const from of triedMs)
    expect(triedMs.filter((at) => at >= from && at < from + HOUR_MS).length).toBeLessThanOrEqual(6);

  served.login!.rules = { ...served.login!.rules, password: 'right' };
  const again = later(context, watchServed(served, options));
  await again.running.until('frames at once', () => again.frames() > 0);
  await clock.advance(waitMs);
  await one.running.until('frames after one wait', () => one.frames() > 0);
  expect(served.login?.wrong).toBe(triedMs.length);
});

test.concurrent('a camera that locks after five wrong logins is not locked within two hours', async (context) => {
  const served = later(
    context,
    await RtspCamera.start({ clip, login: { ...USER, password: 'other', schemes: ['MD5'], lockAfter: 6 } }),
  );
  const clock = new FakeClock();
  const one = later(context, watchServed(served, { clock, random: () => 0.5, login: 'joe:right' }));
  for (let attempt = 1; clock.nowMs() < 2 * HOUR_MS; attempt++) {
    await one.running.until('refused', () => {
      const { status } = one.running.camera;
      return status.state === 'retrying' && status.attempt === attempt;
    });
    const { status } = one.running.camera;
    await clock.advance(status.state === 'retrying' ? status.retryInMs : 0);
  }
  expect(served.login?.isLocked).toBe(false);
});
