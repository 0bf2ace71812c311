// RTSP cameras that misbehave in ways that a player has to bear -> the scene from the first frame on, and steady status.

import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Clip, clipOf } from '../../support/access-units.js';
import type { LoginRules } from '../../support/camera-login.js';
import type { CameraAnswer, RtspCameraOptions } from '../../support/rtsp-camera.js';
import { type Watched, type WatchOptions, watch } from '../../support/watched-camera.js';

const closing: Watched[] = [];
afterEach(async () => {
  for (const watched of closing.splice(0)) await watched.close();
});

/** A key frame each second. */
let clips: Readonly<Record<'H264' | 'H265', Clip>>;
beforeAll(async () => {
  const [H264, H265] = await Promise.all(
    (['H264', 'H265'] as const).map((codec) => clipOf({ codec, frames: 50, keyEvery: 25 })),
  );
  clips = { H264: H264!, H265: H265! };
});

async function watched(options: Partial<RtspCameraOptions>, ours: WatchOptions = {}): Promise<Watched> {
  const one = await watch({ clip: clips.H264, ...options }, ours);
  closing.push(one);
  return one;
}

/** Of one method. */
const changed =
  (method: string, change: Partial<CameraAnswer>): NonNullable<RtspCameraOptions['answer']> =>
  (answer, request) =>
    request.method === method
      ? { ...answer, ...change, headers: { ...answer.headers, ...change.headers } }
      : answer;
const redirectOnce: NonNullable<RtspCameraOptions['answer']> = (answer, { method, url }) =>
  method === 'DESCRIBE' && url.endsWith('/stream')
    ? { status: '302 Moved Temporarily', headers: { Location: url.replace('/stream', '/second') } }
    : answer;
const bytewise = (bytes: Buffer) => [...bytes].map((byte) => Buffer.from([byte]));

const ESCAPES = '\u001b[31m\u001b]0;title\u0007';

type Row = readonly [name: string, options: Partial<RtspCameraOptions>];

const PICTURES: readonly Row[] = [
  ['nothing odd', {}],
  ['no parameter sets in the description', { sprop: false }],
  ['frames in the same segment as the answer to PLAY', { eager: true }],
  ['UDP alone', { transport: 'udp' }],
  ['UDP alone, joined between key frames', { transport: 'udp', startAt: 12 }],
  ['joined between key frames', { startAt: 12 }],
  ['time stamps that jump an hour ahead', { ticks: (n) => 3600 * n + (n > 10 ? 3600 * 90_000 : 0) }],
  ['time stamps that jump back', { ticks: (n) => 3600 * n + (n > 10 ? 0 : 3600 * 90_000) }],
  ['time stamps that wrap', { ticks: (n) => 3600 * n + 2 ** 32 - 10 * 3600 }],
];

/** The same whatever the camera sends afterwards. */
const ANSWERS: readonly Row[] = [
  ['answers a byte at a time', { segments: bytewise }],
  ['answers without a number', { answer: (a) => ({ ...a, headers: { ...a.headers, CSeq: undefined } }) }],
  ['escape sequences in an answer', { answer: (a) => ({ ...a, status: `200 ${ESCAPES}OK` }) }],
  [
    'a base at another host',
    { answer: changed('DESCRIBE', { headers: { 'Content-Base': 'rtsp://10.9.8.7/x/' } }) },
  ],
  ['no base', { answer: changed('DESCRIBE', { headers: { 'Content-Base': undefined } }) }],
  [
    'a base that is no address',
    { answer: changed('DESCRIBE', { headers: { 'Content-Base': 'stream one' } }) },
  ],
  ['a redirect within the host', { answer: redirectOnce }],
];

describe.each([
  ['H264', [...PICTURES, ...ANSWERS]],
  ['H265', PICTURES],
] as const)('%s', (codec, rows) => {
  test.each(rows)('%s', async (_, options) => {
    const { running, wrong, states, frames, served } = await watched({ clip: clips[codec], ...options });
    await running.until('20 frames', () => frames() >= 20);
    expect(wrong).toEqual([]);
    expect(states().filter((state) => state !== 'waiting-for-key-frame')).toEqual(['starting', 'running']);
    expect(served.asked('PLAY').length).toBe(1);
  });

  // Half a minute from key frame to key frame is what cameras with smart codecs send.
  test('joined far from the next key frame, which takes longer than a stall may', async () => {
    const clip = await clipOf({ codec, frames: 500 });
    const { running, wrong, states, frames } = await watched(
      { clip, startAt: 200 },
      { stallTimeoutMs: 10_000 },
    );
    await running.until('10 frames', () => frames() >= 10);
    expect(wrong).toEqual([]);
    expect(states()).toEqual(['starting', 'waiting-for-key-frame', 'running']);
  });

  // The camera may lose a packet of each kind: of a key frame, of another, the one that ends a picture.
  test.each(['tcp', 'udp'] as const)('lost packets over %s spoil no frame', async (transport) => {
    let packets = 0;
    const { running, wrong, states, frames } = await watched({
      clip: clips[codec],
      transport,
      send: (all) => all.filter(() => ++packets % 41 !== 0),
    });
    await running.until('30 frames', () => frames() >= 30);
    expect(wrong).toEqual([]);
    expect(states().join()).not.toContain('retrying');
  });
});

const USER = { user: 'joe', password: 'pass/word' } as const;

test.each<[string, Omit<LoginRules, 'user' | 'password'>, ending: string, inClear: boolean, scheme: RegExp]>([
  ['MD5', { schemes: ['MD5'] }, '', false, /^Digest (?!.*SHA-256)/],
  ['SHA-256', { schemes: ['SHA-256'] }, '', false, /^Digest .*SHA-256/],
  ['both, of which the stronger is taken', { schemes: ['MD5', 'SHA-256'] }, '', false, /^Digest .*SHA-256/],
  ['counted uses', { schemes: ['MD5'], quality: true }, '', false, /^Digest .*nc=0000000\d/],
  ['Basic where the address allows it', { schemes: ['Basic'] }, '#auth=basic', true, /^Basic /],
  [
    'Digest where both are offered, allowed or not',
    { schemes: ['Basic', 'MD5'] },
    '#auth=basic',
    false,
    /^Digest /,
  ],
  ['a nonce that grows old', { schemes: ['MD5'], nonceUses: 2 }, '', false, /^Digest /],
  [
    'a nonce for each request, and no word of it',
    { schemes: ['MD5'], nonceUses: 1, saysStale: false },
    '',
    false,
    /^Digest /,
  ],
])('a login by %s', async (_, rules, ending, inClear, scheme) => {
  const { running, wrong, frames, served } = await watched(
    { login: { ...USER, ...rules } },
    { login: 'joe:pass%2Fword', ending },
  );
  await running.until('10 frames', () => frames() >= 10);
  expect(wrong).toEqual([]);
  expect([served.login?.wrong, served.connections]).toEqual([0, 1]);
  expect(served.login!.inClear > 0).toBe(inClear);
  const sent = served.requests.flatMap(({ headers }) => headers['authorization'] ?? []);
  expect(sent.length).toBeGreaterThan(0);
  for (const one of sent) expect(one).toMatch(scheme);
});

test.each([
  '401 Unauthorized',
  '404 Not Found',
  '454 Session Not Found',
  '461 Unsupported Transport',
  '500 Oops',
])('audio and metadata refused with %s are not asked for', async (status) => {
  const { running, wrong, states, frames, served } = await watched({
    otherTracks: true,
    answer: (answer, { method, url }) =>
      method === 'SETUP' && !url.endsWith('/video') ? { status, headers: {} } : answer,
  });
  await running.until('10 frames', () => frames() >= 10);
  expect(wrong).toEqual([]);
  expect(states().filter((state) => state !== 'waiting-for-key-frame')).toEqual(['starting', 'running']);
  expect(served.asked('SETUP').map(({ url }) => url.split('/').at(-1))).toEqual(['video']);
});

test('a size that changes: both are seen, and no restart', async () => {
  const [wide, tall] = await Promise.all([
    clipOf({ frames: 50, keyEvery: 25 }),
    clipOf({ frames: 50, keyEvery: 25, width: 240, height: 320 }),
  ]);
  const clip: Clip = { codec: 'H264', units: [...wide.units, ...tall.units] };
  const { running, states, shapes, served } = await watched({ clip });
  await running.until('three changes', () => shapes.length >= 4);
  // The first pictures after a change fill the part that the size before it had.
  const sizes = shapes.map((shape) => shape.split(' ')[0]);
  expect([...new Set(sizes)]).toEqual(['320x180', '240x320']);
  expect(states()).toEqual(['starting', 'running']);
  expect(served.connections).toBe(1);
});

test('a frame each minute: the first is there at once, and the wait for the next is no failure', async () => {
  const clip = await clipOf({ frames: 3, keyEvery: 1 });
  const { running, wrong, frames, states } = await watched(
    { clip, framesPerSecond: 1 / 60 },
    { stallTimeoutMs: 90_000 },
  );
  await running.until('the first', () => frames() >= 1);
  expect(wrong).toEqual([]);
  expect(states().filter((state) => state !== 'waiting-for-key-frame')).toEqual(['starting', 'running']);
});
