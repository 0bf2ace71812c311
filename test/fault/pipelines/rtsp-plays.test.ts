// RTSP cameras that misbehave in ways that a player has to bear -> the scene from the first frame on, and steady status.

import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { type Clip, clipOf } from '../../support/access-units.js';
import { wrongBars } from '../../support/bars.js';
import type { LoginRules } from '../../support/camera-login.js';
import { FakeClock } from '../../support/fake-capture.js';
import type { CameraAnswer, RtspCameraOptions } from '../../support/rtsp-camera.js';
import { type WatchOptions, watch } from '../../support/watched-camera.js';

type Closing = Pick<TestContext, 'onTestFinished'>;

/** Two and a half key frames a second. */
const KEY_EVERY = 10;
let clips: Readonly<Record<'H264' | 'H265', Clip>>;
beforeAll(async () => {
  const [H264, H265] = await Promise.all(
    (['H264', 'H265'] as const).map((codec) => clipOf({ codec, frames: 50, keyEvery: KEY_EVERY })),
  );
  clips = { H264: H264!, H265: H265! };
});

/** Nothing stalls, and nothing is tried again. */
async function watched(
  { onTestFinished }: Closing,
  options: Partial<RtspCameraOptions>,
  ours: WatchOptions = {},
) {
  const one = await watch({ clip: clips.H264, ...options }, { clock: new FakeClock(), ...ours });
  onTestFinished(() => one.close());
  return { ...one, states: () => one.states().filter((state) => state !== 'waiting-for-key-frame') };
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

/** Bytes of a packet from behind its header on are moved, and flags say by what. */
function dressed(packet: Buffer): Buffer {
  const header = Buffer.from(packet.subarray(0, 12));
  header[0]! |= 0x20 | 0x10 | 2;
  const sources = Buffer.from([0, 0, 0, 1, 0, 0, 0, 2]);
  const extension = Buffer.from([0xbe, 0xde, 0, 1, 0x10, 1, 0, 0]);
  return Buffer.concat([header, sources, extension, packet.subarray(12), Buffer.from([0, 0, 3])]);
}
/** As of another encoder, with numbers of its own or with those that come next. */
const renamed = (packet: Buffer, jump: number) => {
  const copy = Buffer.from(packet);
  copy.writeUInt32BE(0x8765_4321, 8);
  copy.writeUInt16BE((copy.readUInt16BE(2) + jump) & 0xffff, 2);
  return copy;
};
const swapped = (packets: readonly Buffer[]) =>
  packets
    .flatMap((packet, i) => (i % 2 === 0 ? [] : [packet, packets[i - 1]!]))
    .concat(packets.length % 2 ? packets.at(-1)! : []);

type Row = readonly [name: string, options: Partial<RtspCameraOptions>];

const PICTURES: readonly Row[] = [
  ['nothing odd', {}],
  ['no parameter sets in the description', { sprop: false }],
  ['frames in the same segment as the answer to PLAY', { eager: true }],
  ['UDP alone', { transport: 'udp' }],
  ['UDP alone, joined between key frames', { transport: 'udp', startAt: 4 }],
  ['joined between key frames', { startAt: 4 }],
  ['UDP out of its order, and twice', { transport: 'udp', send: (all) => [...swapped(all), ...all] }],
  ['padding, sources and extensions in each packet', { send: (all) => all.map(dressed) }],
  ['another source in the middle', { send: (all, n) => (n < 8 ? all : all.map((one) => renamed(one, 0))) }],
  [
    'another source with other numbers',
    { send: (all, n) => (n < 8 ? all : all.map((one) => renamed(one, 20_000))) },
  ],
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
  ['channels of its own', { channels: [6, 9] }],
  ['no word of its transport', { answer: changed('SETUP', { headers: { Transport: undefined } }) }],
  [
    'names of headers in lower case',
    {
      segments: (bytes) => [
        Buffer.from(
          bytes.toString('latin1').replace(/^[\w-]+(?=: )/gm, (name) => name.toLowerCase()),
          'latin1',
        ),
      ],
    },
  ],
  ['lines of a description that end in any way', { description: (sdp) => sdp.replace(/\r\n(?=a=)/g, '\n') }],
  ['a control of the session alone', { description: (sdp) => sdp.replace('a=control:video\r\n', '') }],
  [
    'a whole address as the control of the session',
    { description: (sdp) => sdp.replace('a=control:*', 'a=control:rtsp://10.9.8.7/live?channel=1') },
  ],
  [
    'all challenges in one header, of a realm with quotes and commas',
    {
      login: { user: 'joe', password: 'x', schemes: ['MD5'], realm: 'a, "b" = c' },
      answer: (a) => {
        const { 'WWW-Authenticate': challenges } = a.headers;
        if (challenges === undefined) return a;
        const all = ['Basic realm="a, b"', ...[challenges].flat()].join(', ');
        return { ...a, headers: { ...a.headers, 'WWW-Authenticate': all } };
      },
    },
  ],
];

describe.for([
  ['H264', [...PICTURES, ...ANSWERS]],
  ['H265', PICTURES],
] as const)('%s', ([codec, rows]) => {
  test.concurrent.for(rows)('%s', async ([, options], context) => {
    const login = options.login === undefined ? '' : 'joe:x';
    const camera = { clip: clips[codec], ...options };
    const { running, wrong, states, frames, served } = await watched(context, camera, { login });
    await running.until('20 frames', () => frames() >= 20);
    expect(wrong).toEqual([]);
    expect(states()).toEqual(['starting', 'running']);
    expect(served.asked('PLAY').length).toBe(1);
  });

  // The camera may lose a packet of each kind: of a key frame, of another, the one that ends a picture.
  test.concurrent.for(['tcp', 'udp'] as const)(
    'lost packets over %s spoil no frame',
    async (transport, context) => {
      let packets = 0;
      const { running, wrong, states, frames } = await watched(context, {
        clip: clips[codec],
        transport,
        send: (all) => all.filter(() => ++packets % 41 !== 0),
      });
      await running.until('losses between frames', () => packets > 3 * 41 && frames() >= 20);
      expect(wrong).toEqual([]);
      expect(states().join()).not.toContain('retrying');
    },
  );
});

test('colours that want another pipeline want no other session', async (context) => {
  const { running, states, frames, served } = await watched(
    context,
    {
      clip: await clipOf({ frames: 50, keyEvery: KEY_EVERY, allLevels: true }),
      login: { user: 'joe', password: 'x', schemes: ['MD5'] },
    },
    { login: 'joe:x' },
  );
  await running.until('20 frames', () => frames() >= 20);
  expect(states()).toEqual(['starting', 'running']);
  // The first is answered by a challenge.
  expect(['DESCRIBE', 'SETUP', 'PLAY'].map((method) => served.asked(method).length)).toEqual([2, 1, 1]);
});

const USER = { user: 'joe', password: 'pass/word' } as const;

test.concurrent.for<
  [string, Omit<LoginRules, 'user' | 'password'>, ending: string, inClear: boolean, scheme: RegExp]
>([
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
])('a login by %s', async ([, rules, ending, inClear, scheme], context) => {
  const { running, wrong, frames, served } = await watched(
    context,
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

// Bars are small pictures, and the ball is large ones: five of each in turn, all of one shape.
test.concurrent.for(['H264', 'H265'] as const)(
  'each frame of %s has the size of its own picture',
  async (codec, context) => {
    const [small, large] = await Promise.all([
      clipOf({ codec, frames: 5, keyEvery: 5 }),
      clipOf({ codec, frames: 5, keyEvery: 5, width: 640, height: 360, pattern: 'ball' }),
    ]);
    const seen: string[] = [];
    const { running, states } = await watched(
      context,
      { clip: { codec, units: [...small.units, ...large.units] } },
      {
        onFrame: (frame) => {
          const what = wrongBars(frame).length === 0 ? 'bars' : 'ball';
          seen.push(`${frame.sourceSize.width} ${what}`);
        },
      },
    );
    await running.until('60 frames', () => seen.length >= 60);
    expect([...new Set(seen)].toSorted()).toEqual(['320 bars', '640 ball']);
    expect(states()).toEqual(['starting', 'running']);
  },
);
