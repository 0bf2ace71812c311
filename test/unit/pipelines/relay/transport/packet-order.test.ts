// RTP packets in any order -> in theirs, and where one is lost.

import { expect, test } from 'vitest';
import { PacketOrder } from '../../../../../pipelines/relay/transport/packet-order.js';

function packet(sequence: number): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt16BE(sequence, 2);
  return bytes;
}

function ordered(sequences: readonly number[]): (number | 'loss')[] {
  const order = new PacketOrder();
  return sequences.flatMap((sequence) =>
    [...order.push(packet(sequence))].map((next) =>
      next.kind === 'loss' ? 'loss' : next.bytes.readUInt16BE(2),
    ),
  );
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test.each<[string, readonly number[], readonly (number | 'loss')[]]>([
  ['in order', [7, 8, 9], [7, 8, 9]],
  ['two swapped', [7, 9, 8, 10], [7, 8, 9, 10]],
  ['one twice', [7, 8, 8, 9], [7, 8, 9]],
  ['one that comes after it was given up', [7, ...range(9, 41), 8, 42], [7, 'loss', ...range(9, 42)]],
  ['over the end of the numbers', [65_534, 0, 65_535, 1], [65_534, 65_535, 0, 1]],
  ['one missing, others waiting', [7, ...range(9, 40)], [7]],
  [
    'a camera that begins anew far away',
    [7, ...range(30_000, 30_032)],
    [7, 'loss', ...range(30_000, 30_032)],
  ],
])('%s', (_, given, expected) => {
  expect(ordered(given)).toEqual(expected);
});

test('what is no RTP is thrown away', () => {
  expect([...new PacketOrder().push(Buffer.alloc(3))]).toEqual([]);
});
