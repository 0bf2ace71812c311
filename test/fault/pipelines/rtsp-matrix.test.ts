// What cameras do to their users -> for each the states, the class of failure, whether there are pictures, and the logins.

import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { type Clip, callingItself, clipOf } from '../../support/access-units.js';
import { type Certificate, selfSigned } from '../../support/certificate.js';
import { FakeClock } from '../../support/fake-capture.js';
import { RtspCamera, type RtspCameraOptions } from '../../support/rtsp-camera.js';
import { type WatchOptions, watch } from '../../support/watched-camera.js';

const CODECS = ['H264', 'H265'] as const;
let clips: Readonly<Record<(typeof CODECS)[number], Clip>>;
let tall: Clip;
let certificate: Certificate;
/** At another address of this machine. */
let elsewhere: RtspCamera;
beforeAll(async () => {
  const [H264, H265] = await Promise.all(CODECS.map((codec) => clipOf({ codec, frames: 50, keyEvery: 25 })));
  clips = { H264: H264!, H265: H265! };
  tall = await clipOf({ frames: 50, keyEvery: 25, width: 240, height: 320 });
  certificate = await selfSigned();
  elsewhere = await RtspCamera.start({ clip: clips.H264, address: '127.0.0.2' });
  return () => elsewhere.close();
});

const USER = { user: 'joe', password: 'right' } as const;
const MINUTE_MS = 60_000;

interface Row {
  readonly camera?: Partial<RtspCameraOptions>;
  readonly ours?: WatchOptions;
  /** So much later the states are looked at, once the camera plays. */
  readonly laterMs?: number;
  readonly states?: readonly string[];
  readonly line?: string;
  readonly hasFrames?: boolean;
  /** Accepted or not, over all connections. */
  readonly logins?: 'none' | 'right' | 'wrong once';
}

const PLAYS = ['starting', 'running'];
const fails = (failure: string, line: string) => ({
  states: ['starting', `retrying: ${failure}`],
  ...{ line, hasFrames: false },
});

const answering =
  (method: string, status: string, headers = {}): NonNullable<RtspCameraOptions['answer']> =>
  (a, request) =>
    request.method === method && a.status.startsWith('200') && request.url.endsWith('/stream')
      ? { status, headers }
      : a;
const audioRefused =
  (status: string): NonNullable<RtspCameraOptions['answer']> =>
  (a, { method, url }) =>
    method === 'SETUP' && !url.endsWith('/video') ? { status, headers: {} } : a;
const raw = (sdp: string) =>
  sdp
    .replace('H264/90000', 'raw/90000')
    .replace(/a=fmtp:.*/, 'a=fmtp:96 sampling=RGBA;width=16384;height=16384;depth=8;colorimetry=BT709-2');

const ROWS: readonly (readonly [string, () => Row])[] = [
  ['H.264', () => ({})],
  ['H.265', () => ({ camera: { clip: clips.H265 } })],
  ...[
    ...['401 Unauthorized', '404 Not Found', '453 Not Enough Bandwidth', '454 Session Not Found'],
    ...['461 Unsupported Transport', '500 Internal Server Error', '503 Service Unavailable'],
  ].map(
    (status) =>
      [
        `audio refused with ${status}`,
        () => ({ camera: { otherTracks: true, answer: audioRefused(status) } }),
      ] as const,
  ),
  [
    'SHA-256 digest',
    () => ({
      camera: { login: { ...USER, schemes: ['SHA-256'] } },
      ours: { login: 'joe:right' },
      logins: 'right',
    }),
  ],
  [
    'SHA-256 digest, wrong',
    () => ({
      camera: { login: { ...USER, schemes: ['SHA-256'] } },
      ours: { login: 'joe:wrong' },
      ...fails('unauthorized', 'the camera refuses the user name or the password'),
      logins: 'wrong once',
    }),
  ],
  [
    'redirect within the host',
    () => ({
      camera: {
        login: { ...USER, schemes: ['MD5'] },
        answer: answering('DESCRIBE', '302 Moved', { Location: '/second' }),
      },
      ours: { login: 'joe:right' },
      logins: 'right',
    }),
  ],
  [
    'redirect to another host',
    () => ({
      camera: { answer: answering('DESCRIBE', '302 Moved', { Location: elsewhere.url() }) },
      ours: { login: 'joe:right' },
      ...fails('not-found', 'the camera points to another host, rtsp://127.0.0.2'),
    }),
  ],
  [
    'self-signed',
    () => ({
      camera: { tls: certificate, login: { ...USER, schemes: ['MD5'] } },
      ours: { login: 'joe:right' },
      ...fails('certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
    }),
  ],
  [
    'self-signed, its fingerprint known',
    () => ({
      camera: { tls: certificate, login: { ...USER, schemes: ['MD5'] } },
      ours: { login: 'joe:right', tls: { fingerprint: certificate.fingerprint } },
      logins: 'right',
    }),
  ],
  ['UDP only', () => ({ camera: { transport: 'udp' } })],
  [
    'UDP only, of an encrypted address',
    () => ({
      camera: { tls: certificate, transport: 'udp' },
      ours: { tls: { fingerprint: certificate.fingerprint } },
      ...fails('unreachable', 'beside the encrypted connection only, in clear'),
    }),
  ],
  [
    'UDP of an encrypted address, asked for',
    () => ({
      camera: { tls: certificate, transport: 'udp' },
      ours: { tls: { fingerprint: certificate.fingerprint }, transport: 'udp' },
    }),
  ],
  [
    'UDP only, and TCP asked for',
    () => ({
      camera: { transport: 'udp' },
      ours: { transport: 'tcp' },
      ...fails('unreachable', 'SETUP: 461 Unsupported Transport'),
    }),
  ],
  ['multicast', () => ({ camera: { transport: 'multicast' }, ours: { transport: 'multicast' } })],
  [
    'raw video of 16384 x 16384',
    () => ({ camera: { description: raw }, ...fails('decode', 'video as RAW') }),
  ],
  [
    'H.264 that calls itself 16384 x 16384',
    () => ({
      camera: { clip: callingItself({ width: 16_384, height: 16_384 }, clips.H264) },
      ...fails('decode', ''),
    }),
  ],
  [
    'a frame a minute',
    () => ({ camera: { framesPerSecond: 1 / 60 }, ours: { stallTimeoutMs: 90_000 }, laterMs: MINUTE_MS }),
  ],
  [
    'silence after PLAY',
    () => ({ camera: { send: () => [] }, ...fails('stalled', 'no frame for'), laterMs: 2 * MINUTE_MS }),
  ],
];

test.concurrent.for(ROWS)('%s', async ([, row], { onTestFinished }) => {
  const { camera, ours, laterMs = 0, states = PLAYS, line, hasFrames = true, logins = 'none' } = row();
  // Nothing is late, and nothing tried again, unless the test says so.
  const clock = new FakeClock();
  const one = await watch({ clip: clips.H264, ...camera }, { clock, ...ours });
  onTestFinished(() => one.close());
  const { running, served, frames, wrong } = one;
  const seen = () => one.states().filter((state) => state !== 'waiting-for-key-frame');
  const isPlaying = () => frames() > 0 || served.asked('PLAY').length > 0;
  if (laterMs > 0) {
    await running.until('playing', hasFrames ? () => frames() > 0 : isPlaying);
    await clock.advance(laterMs);
  }
  await running.until(states.join(), () => seen().length === states.length);
  expect(seen()).toEqual(states);
  const { status } = running.camera;
  expect(status.state === 'retrying' ? status.message : '').toContain(line ?? '');
  expect(frames() > 0).toBe(hasFrames);
  expect(wrong).toEqual([]);
  const { right = 0, wrong: refused = 0, inClear = 0 } = served.login ?? {};
  expect([right > 0, refused, inClear]).toEqual([logins === 'right', logins === 'wrong once' ? 1 : 0, 0]);
  // Neither a password nor anything else goes there.
  expect(elsewhere.connections).toBe(0);
});

type Closing = Pick<TestContext, 'onTestFinished'>;
async function watched({ onTestFinished }: Closing, camera: RtspCameraOptions, ours: WatchOptions = {}) {
  const one = await watch(camera, ours);
  onTestFinished(() => one.close());
  return one;
}

describe.concurrent.for(CODECS)('%s', (codec) => {
  test('joined 20 s before the next key frame', async (context) => {
    const clip = await clipOf({ codec, frames: 40 });
    let keyFrameAt = Number.POSITIVE_INFINITY;
    const clock = new FakeClock();
    const { running, wrong, states, frames, served } = await watched(
      context,
      { clip, at: (n) => (n < keyFrameAt ? 1 + (n % 39) : n - keyFrameAt) },
      { clock, stallTimeoutMs: 10_000 },
    );
    await running.until('waiting', () => states().at(-1) === 'waiting-for-key-frame');
    await clock.advance(20_000);
    expect([states(), frames()]).toEqual([['starting', 'waiting-for-key-frame'], 0]);
    keyFrameAt = served.framesSent + 2;
    await running.until('frames', () => frames() >= 10);
    expect(wrong).toEqual([]);
    expect(states()).toEqual(['starting', 'waiting-for-key-frame', 'running']);
  });

  test('no key frame at all', async (context) => {
    const clip = await clipOf({ codec, frames: 40 });
    const clock = new FakeClock();
    const camera = { clip, at: (n: number) => 1 + (n % 39) };
    const { running, states, frames } = await watched(context, camera, { clock });
    await running.until('waiting', () => states().at(-1) === 'waiting-for-key-frame');
    await clock.advance(MINUTE_MS);
    await running.until('stalled', () => running.camera.status.state === 'retrying');
    expect(states()).toEqual(['starting', 'waiting-for-key-frame', 'retrying: stalled']);
    expect(running.camera.status).toMatchObject({ message: expect.stringContaining('no key frame for') });
    expect(frames()).toBe(0);
  });
});

// Each second of ours is five of the camera's.
test.concurrent('a size that changes each 5 s', async (context) => {
  const first = clips.H264.units.slice(0, 25);
  const clip: Clip = { codec: 'H264', units: [...first, ...tall.units.slice(0, 25)] };
  const { running, wrong, states, shapes, served } = await watched(
    context,
    { clip, ticks: (n) => 18_000 * n },
    { clock: new FakeClock() },
  );
  const sizes = () =>
    shapes.map((shape) => shape.split(' ')[0]).filter((size, i, all) => size !== all[i - 1]);
  await running.until('three changes', () => sizes().length >= 4);
  expect(sizes().slice(0, 4)).toEqual(['320x180', '240x320', '320x180', '240x320']);
  expect(wrong).toEqual([]);
  expect(states()).toEqual(PLAYS);
  expect(served.connections).toBe(1);
});
