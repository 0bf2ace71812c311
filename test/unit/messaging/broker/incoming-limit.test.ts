// Packets cut into any pieces -> the short ones whole and in order, the long ones named, and never more than a piece kept.

import mqttPacket, { type Packet } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { IncomingLimit, type Skipped } from '../../../../agent/messaging/broker/incoming-limit.js';
import { random } from '../../../support/small-networks.js';

const MOST = 1000;
const packet = (made: Packet) => mqttPacket.generate(made, { protocolVersion: 4 });
const publish = (topic: string, bytes: number, qos: 0 | 1, messageId = 9) =>
  packet({
    cmd: 'publish',
    ...{ topic, payload: Buffer.alloc(bytes, 'x'), qos, retain: false, dup: false },
    ...(qos === 1 && { messageId }),
  });

/** @param cut how long the next piece is */
function read(stream: Buffer, cut: () => number): { passed: Buffer; skipped: Skipped[] } {
  const skipped: Skipped[] = [];
  const limit = new IncomingLimit({ maximumBytes: MOST, onSkip: (one) => skipped.push(one) });
  const passed: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = at + cut();
    passed.push(...limit.pass(stream.subarray(at, end)));
    at = end;
  }
  return { passed: Buffer.concat(passed), skipped };
}

const short = [
  packet({ cmd: 'connack', returnCode: 0, sessionPresent: false }),
  packet({ cmd: 'pingresp' }),
  publish('a', 0, 0),
  publish('a/b', MOST - 2 - 1 - 5 - 2, 1),
  publish('t\u00fcr', 200, 1),
];
const long: [Buffer, Skipped][] = [
  [publish('a', MOST, 0), { topic: 'a', bytes: MOST + 6, messageId: undefined }],
  [publish('t\u00fcr', 20_000, 1, 513), { topic: 't\u00fcr', bytes: 20_000 + 4 + 2 + 4 + 2, messageId: 513 }],
  [publish('x'.repeat(3000), 0, 0), { topic: 'x'.repeat(3000), bytes: 3005, messageId: undefined }],
];

test('the longest of the short ones has the greatest size that is passed', () => {
  expect(Math.max(...short.map(({ length }) => length))).toBe(MOST);
});

const seeds = Array.from({ length: 40 }, (_, seed) => seed);
test.each<[string, () => () => number]>([
  ['whole', () => () => Number.POSITIVE_INFINITY],
  ['byte by byte', () => () => 1],
  ...seeds.map((seed): [string, () => () => number] => [`seed ${seed}`, () => cuts(random(seed))]),
])('%s', (_, make) => {
  const mixed = [
    short[0]!,
    long[0]![0],
    short[1]!,
    long[1]![0],
    long[2]![0],
    short[2]!,
    short[3]!,
    short[4]!,
  ];
  const { passed, skipped } = read(Buffer.concat(mixed), make());
  expect(passed.equals(Buffer.concat(short))).toBe(true);
  expect(skipped).toEqual(long.map(([, one]) => one));
});

function cuts(next: () => number): () => number {
  return () => 1 + Math.floor(next() ** 4 * 5000);
}

test('what was kept may be longer than what comes at any time', () => {
  const skipped: Skipped[] = [];
  const limit = new IncomingLimit({
    maximumBytes: 2 * MOST,
    maximumLiveBytes: MOST,
    onSkip: (one) => skipped.push(one),
  });
  const kept = (bytes: number) =>
    packet({
      cmd: 'publish',
      ...{ topic: 'kept', payload: Buffer.alloc(bytes, 'x'), qos: 0, retain: true, dup: false },
    });
  const [passed, live, tooLong] = [kept(MOST), publish('live', MOST, 0), kept(2 * MOST)];
  expect(Buffer.concat(limit.pass(Buffer.concat([passed, live, tooLong]))).equals(passed)).toBe(true);
  expect(skipped.map(({ topic }) => topic)).toEqual(['live', 'kept']);
});

test('what is too long and no message ends the connection', () => {
  const suback = packet({ cmd: 'suback', messageId: 1, granted: Array(2000).fill(1) });
  expect(() => read(suback, () => 100)).toThrow('a packet of 2005 bytes, which is no message');
});

test('of what is passed over nothing is kept, however long it is', () => {
  const skipped: Skipped[] = [];
  const limit = new IncomingLimit({ maximumBytes: MOST, onSkip: (one) => skipped.push(one) });
  const chunk = Buffer.alloc(65_536, 'x');
  const head = Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0x61]);
  const before = process.memoryUsage().arrayBuffers;
  expect(limit.pass(head)).toEqual([]);
  for (let at = 0; at < 256e6; at += chunk.length) expect(limit.pass(chunk)).toEqual([]);
  expect(skipped).toEqual([{ topic: 'a', bytes: 268_435_455 + 5, messageId: undefined }]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64e6);
});

test('what is no message may have a limit of its own', () => {
  const limit = new IncomingLimit({ maximumBytes: MOST, maximumOtherBytes: 100, onSkip: () => {} });
  expect(Buffer.concat(limit.pass(short[4]!)).equals(short[4]!)).toBe(true);
  const suback = packet({ cmd: 'suback', messageId: 1, granted: Array(100).fill(1) });
  expect(() => limit.pass(suback)).toThrow('a packet of 104 bytes, which is no message');
});
