// RTP from anywhere in a stream -> nothing before its first key frame, and of a picture with a lost packet nothing.

import { describe, expect, test } from 'vitest';
import { KeyFrameGate } from '../../../../pipelines/relay/key-frame-gate.js';
import type { RtpCodec } from '../../../../pipelines/relay/sdp.js';

function rtp(timestamp: number, payload: readonly number[], extension = false): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80 | (extension ? 0x10 : 0);
  header.writeUInt32BE(timestamp, 4);
  return Buffer.concat([
    header,
    Buffer.from(extension ? [0, 0, 0, 1, 9, 9, 9, 9] : []),
    Buffer.from(payload),
  ]);
}

/** As a camera sends them: numbered, and a marker ends each picture. */
function numbered(packets: readonly Buffer[], hasMarkers = true): Buffer[] {
  return packets.map((packet, i) => {
    const copy = Buffer.from(packet);
    if (copy.length < 12) return copy;
    copy.writeUInt16BE((65_534 + i) % 65_536, 2);
    const next = packets[i + 1];
    const isLast = next === undefined || next.length < 8 || next.readUInt32BE(4) !== packet.readUInt32BE(4);
    if (hasMarkers && isLast) copy[1]! |= 0x80;
    return copy;
  });
}

/** @returns numbers of the packets that pass, of those given */
function passed(codec: RtpCodec, packets: readonly Buffer[]): number[] {
  return passedOf(codec, numbered(packets));
}

/** @param lost numbers of packets that do not come */
function passedOf(codec: RtpCodec, packets: readonly Buffer[], lost: readonly number[] = []): number[] {
  const gate = new KeyFrameGate(codec);
  const wholes = packets.map((packet) => Buffer.concat([Buffer.from('$'), packet]));
  return packets.flatMap((packet, i) =>
    lost.includes(i)
      ? []
      : gate.pass(packet, wholes[i]!).map((whole) => wholes.findIndex((other) => other.equals(whole))),
  );
}

// H.264: SPS 7, PPS 8, IDR 5, slice 1; a slice begins with first_mb_in_slice 0 (1) and its type: 5 is P (00110), 7 is I (0001000).
const SPS = [0x67, 1];
const PPS = [0x68, 1];
const IDR = [0x65, 0x88];
const P = [0x41, 0b1001_1000];
const I = [0x41, 0b1000_1000];
const fu = (type: number, isStart: boolean) => [0x7c, (isStart ? 0x80 : 0) | type, 0x88];
const stap = (...units: number[][]) => [24, ...units.flatMap((unit) => [0, unit.length, ...unit])];

test.each<[string, readonly Buffer[], number[]]>([
  ['P pictures alone', [rtp(1, P), rtp(2, P)], []],
  [
    'from the parameter sets of the first key frame on',
    [rtp(1, P), rtp(2, SPS), rtp(2, PPS), rtp(2, IDR), rtp(3, P)],
    [1, 2, 3, 4],
  ],
  ['in one packet', [rtp(1, P), rtp(2, stap(SPS, PPS, IDR)), rtp(3, P)], [1, 2]],
  ['cut into several', [rtp(1, P), rtp(2, SPS), rtp(2, fu(5, true)), rtp(2, fu(5, false))], [1, 2, 3]],
  ['the end of a key frame is none', [rtp(1, fu(5, false)), rtp(1, fu(5, false)), rtp(2, P)], []],
  ['parameter sets without a key frame', [rtp(1, SPS), rtp(1, PPS), rtp(1, P), rtp(2, P)], []],
  ['an I picture with parameter sets', [rtp(1, P), rtp(2, SPS), rtp(2, I), rtp(3, P)], [1, 2, 3]],
  ['an I picture without', [rtp(1, I), rtp(2, P)], []],
  ['with a header extension', [rtp(1, P, true), rtp(2, IDR, true), rtp(3, P, true)], [1, 2]],
  [
    'noise',
    [
      Buffer.alloc(0),
      Buffer.alloc(12),
      rtp(1, []),
      Buffer.from([0x90, ...Array(11).fill(0)]),
      rtp(2, [24, 255, 255]),
    ],
    [],
  ],
])('H.264: %s', (_, packets, expected) => {
  expect(passed('H264', packets)).toEqual(expected);
});

const unit = (type: number) => [type << 1, 1, 0x80];

test.each<[string, readonly Buffer[], number[]]>([
  ['trailing pictures alone', [rtp(1, unit(1)), rtp(2, unit(0))], []],
  [
    'IDR with its parameter sets',
    [rtp(1, unit(1)), rtp(2, unit(32)), rtp(2, unit(33)), rtp(2, unit(19)), rtp(3, unit(1))],
    [1, 2, 3, 4],
  ],
  ['CRA', [rtp(1, unit(9)), rtp(2, unit(21)), rtp(3, unit(9))], [1, 2]],
  ['aggregated', [rtp(1, unit(1)), rtp(2, [48 << 1, 1, 0, 3, ...unit(32), 0, 3, ...unit(20)])], [1]],
  [
    'cut into several',
    [rtp(1, [49 << 1, 1, 0x80 | 1, 0]), rtp(2, [49 << 1, 1, 0x80 | 19, 0]), rtp(2, [49 << 1, 1, 19, 0])],
    [1, 2],
  ],
  ['the end of one', [rtp(1, [49 << 1, 1, 19, 0]), rtp(2, unit(1))], []],
])('H.265: %s', (_, packets, expected) => {
  expect(passed('H265', packets)).toEqual(expected);
});

// A key frame, one packet of which is spoilt or odd in such a way, and what follows: what is invalid is as if it were lost.
test.each<[string, RtpCodec, odd: readonly number[], rest: number[]]>([
  ['a fragment without its header', 'H264', [0x7c], [6, 7]],
  ['a fragment of an aggregate', 'H264', [0x7c, 24, 1], [6, 7]],
  ['an empty fragment, which may be', 'H264', [0x7c, 5], [0, 1, 2, 3, 4, 5, 6, 7]],
  ['a unit that goes on behind the end', 'H264', [24, 0, 9, 0x65], [6, 7]],
  ['an aggregate within one', 'H264', [24, 0, 2, 24, 0], [6, 7]],
  ['STAP-B', 'H264', [25, 0, 0, 0, 1, 0x65], [6, 7]],
  ['MTAP16', 'H264', [26, 0, 0, 0], [6, 7]],
  ['MTAP24', 'H264', [27, 0, 0, 0], [6, 7]],
  ['FU-B', 'H264', [29, 0x85, 0, 0], [6, 7]],
  ['the forbidden bit', 'H264', [0xe5, 0x88], [6, 7]],
  ['a type that is for others', 'H264', [30, 1, 1], [0, 2, 3, 4, 5, 6, 7]],
  ['type 0', 'H264', [0, 1, 1], [0, 2, 3, 4, 5, 6, 7]],
  ['half a header', 'H265', [38], [6, 7]],
  ['a fragment without its header', 'H265', [49 << 1, 1], [6, 7]],
  ['a fragment of a fragment', 'H265', [49 << 1, 1, 0x80 | 49, 1], [6, 7]],
  ['a unit that goes on behind the end', 'H265', [48 << 1, 1, 0, 9, 38, 1], [6, 7]],
  ['an aggregate within one', 'H265', [48 << 1, 1, 0, 2, 48 << 1, 1], [6, 7]],
  ['PACI', 'H265', [50 << 1, 1, 0, 0], [6, 7]],
  ['the forbidden bit', 'H265', [0x80 | 38, 1, 0x80], [6, 7]],
  ['no temporal layer', 'H265', [38, 0, 0x80], [6, 7]],
  ['a type that is for others', 'H265', [60 << 1, 1, 1], [0, 2, 3, 4, 5, 6, 7]],
])('%s of %s', (_, codec, odd, rest) => {
  const key = codec === 'H264' ? IDR : unit(19);
  const other = codec === 'H264' ? P : unit(1);
  const packets = [
    ...[rtp(1, key), rtp(1, odd), rtp(1, other), rtp(2, other), rtp(2, other), rtp(3, other)],
    ...[rtp(4, key), rtp(5, other)],
  ];
  expect(passed(codec, packets)).toEqual(rest);
});

test('padding is no part of a unit, and a packet of nothing else is no loss', () => {
  const padded = (packet: Buffer, bytes: number) => {
    const all = Buffer.concat([packet, Buffer.alloc(bytes - 1), Buffer.from([bytes])]);
    all[0]! |= 0x20;
    return all;
  };
  const packets = [rtp(1, IDR), padded(rtp(1, []), 8), padded(rtp(2, stap(P)), 4), rtp(3, P)];
  expect(passed('H264', packets)).toEqual([0, 2, 3]);
});

test('what has another payload type is not of the track', () => {
  const gate = new KeyFrameGate('H264', 0);
  const [first, other, second] = numbered([rtp(1, IDR), rtp(2, P), rtp(3, P)]);
  other![1]! |= 97;
  const sent = [first!, other!, second!].flatMap((packet) => gate.pass(packet, packet));
  expect(sent).toEqual([first, second]);
});

test('of other codecs everything passes', () => {
  expect(passed('JPEG', [rtp(1, [1]), rtp(2, [2])])).toEqual([0, 1]);
});

// Three pictures: a key frame of three packets, and two that refer to it.
const key = [rtp(1, SPS), rtp(1, fu(5, true)), rtp(1, fu(5, false))];
const stream = [
  ...key,
  rtp(2, P),
  rtp(2, P),
  rtp(3, P),
  ...key.map((_, i) => rtp(4, i === 0 ? SPS : fu(5, i === 1))),
];

test.each<[string, lost: readonly number[], number[]]>([
  ['none', [], [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  ['parameter sets, which the description has too', [0], [1, 2, 3, 4, 5, 6, 7, 8]],
  ['a part of the key frame', [1], [6, 7, 8]],
  ['the end of the key frame', [2], [6, 7, 8]],
  ['the beginning of another', [3], [0, 1, 2, 6, 7, 8]],
  ['the end of another', [4], [0, 1, 2, 6, 7, 8]],
  ['a whole picture', [5], [0, 1, 2, 3, 4, 6, 7, 8]],
  ['a picture and the beginning of the next key frame', [5, 6, 7], [0, 1, 2, 3, 4]],
])('lost: %s', (_, lost, expected) => {
  expect(passedOf('H264', numbered(stream), lost)).toEqual(expected);
});

test('a camera without markers: a picture ends where the next begins', () => {
  expect(passedOf('H264', numbered(stream, false))).toEqual([0, 1, 2, 3, 4, 5]);
});

test('the same packet twice passes once', () => {
  const [first] = numbered([rtp(1, IDR)]);
  expect(passedOf('H264', [first!, first!])).toEqual([0]);
});

test('what is held of a picture is bounded', () => {
  const bigs = numbered(
    Array.from({ length: 100 }, () => rtp(1, [...SPS, ...Array(60_000).fill(1)])),
    false,
  );
  expect(passedOf('H264', [...bigs, ...numbered([rtp(1, IDR)])])).toEqual([100]);
});

describe('time stamps that stand still', () => {
  /** A marker ends each picture, at the packets of these numbers. */
  const standing = (payloads: readonly (readonly number[])[], ends: readonly number[]) =>
    numbered(
      payloads.map((payload) => rtp(7, payload)),
      false,
    ).map((packet, i) => {
      if (ends.includes(i)) packet[1]! |= 0x80;
      return packet;
    });

  test('nothing of the pictures before the key frame', () => {
    expect(passedOf('H264', standing([P, P, SPS, PPS, IDR, P], [0, 1, 4, 5]))).toEqual([2, 3, 4, 5]);
  });

  test('pictures too long to be held do not shut out the key frame behind them', () => {
    const slices = Array(100).fill([0x41, 0x18, ...Array(2000).fill(1)]);
    const packets = standing([P, ...slices, SPS, PPS, IDR, P], [100, 103, 104]);
    expect(passedOf('H264', packets)).toEqual([101, 102, 103, 104]);
  });

  test('a marker at each part of a key frame ends none of them', () => {
    expect(passedOf('H264', standing([P, SPS, PPS, IDR, P], [0, 1, 2, 3, 4]))).toEqual([1, 2, 3, 4]);
  });

  test('of H.265 as well', () => {
    const [TRAIL, IDR_W] = [
      [0x02, 1, 0x80],
      [0x26, 1, 0x80],
    ];
    expect(passedOf('H265', standing([TRAIL, TRAIL, IDR_W, TRAIL], [0, 1, 2, 3]))).toEqual([2, 3]);
  });
});
