// RTP packets in any order -> in theirs, and where one is lost.

import { expect, test } from 'vitest';
import { PacketOrder } from '../../../../../pipelines/relay/transport/packet-order.js';

function packet(sequence: number): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt16BE(sequence, 2);
  return bytes;
}

/** @param everyMs from one to the next */
function ordered(sequences: readonly number[], everyMs = 1): (number | 'loss')[] {
  const order = new PacketOrder();
  return sequences.flatMap((sequence, i) =>
    [...order.push(packet(sequence), everyMs * i)].map((next) =>
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
  [
    'a camera that begins anew far behind',
    [40_000, 40_001, 20_000, 20_001, 20_002],
    [40_000, 40_001, 'loss', 20_000, 20_001, 20_002],
  ],
  ['all twice, much later', [...range(200, 290), ...range(200, 290), 291], range(200, 291)],
  ['one that comes very late', [...range(500, 700), 300, 701], range(500, 701)],
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

test('of few packets one that is lost is not waited for long', () => {
  expect(ordered([7, 9, 10, 11], 250)).toEqual([7, 'loss', 9, 10, 11]);
  expect(ordered([7, 9, 8, 10], 90)).toEqual([7, 8, 9, 10]);
});

test('what is no RTP is thrown away', () => {
  expect([...new PacketOrder().push(Buffer.alloc(3), 0)]).toEqual([]);
});
