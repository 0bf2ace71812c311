// Bytes of the pipe, cut anywhere -> the records that went in.

import { describe, expect, test } from 'vitest';
import {
  type CaptureRecord,
  type ExitRecord,
  type PacketRecord,
  type PictureRecord,
  RecordError,
  type WindowRecord,
} from '../../../pipelines/capture/record-kinds.js';
import { RecordReader, recordHead } from '../../../pipelines/capture/records.js';
import type { InputSize } from '../../../pipelines/frame.js';
import { recordOf } from '../../support/fake-capture.js';

const inputSize = { width: 4, height: 4 };
/** Of the rows that `recordOf` says are the picture's: 1 and 2. */
const pixelBytes = 3 * 4 * 2;
const exit: ExitRecord = {
  kind: 'exit',
  reason: 'failure',
  failure: 'decode',
  message: 'caf\u00e9 \u{1f3a5}',
};

/** A linear congruential generator, so that a failure happens again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function picture(sequence: number): Buffer {
  return Buffer.from(Array.from({ length: pixelBytes }, (_, index) => (index * 7 + sequence * 13) % 256));
}

/** With its borders, which are not sent. */
function framed(sequence: number): Buffer {
  const border = Buffer.alloc(4);
  const rows = picture(sequence);
  return Buffer.concat([0, 8, 16].flatMap((plane) => [border, rows.subarray(plane, plane + 8), border]));
}

function stream(frames: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < frames; i++) parts.push(recordHead(recordOf(i), pixelBytes), picture(i));
  return Buffer.concat([...parts, recordHead(exit, 0)]);
}

function read(chunks: Iterable<Buffer>, size: InputSize = inputSize) {
  const seen: { record: CaptureRecord; pixels: Buffer }[] = [];
  const reader = new RecordReader(
    size,
    // As a buffer that was used before.
    (byteLength) => new Uint8Array(byteLength).fill(99).buffer,
    (record, pixels) => seen.push({ record, pixels: Buffer.from(pixels) }),
  );
  for (const chunk of chunks) reader.push(chunk);
  return { seen, reader };
}

function* cut(bytes: Buffer, size: () => number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + size();
    yield bytes.subarray(at, end);
    at = end;
  }
}

test.each([
  ['byte by byte', () => 1],
  ['whole', () => 1 << 20],
  ['a pipe', () => 65536],
  ...[1, 2, 3, 4, 5].map((seed): [string, () => number] => {
    const random = randomFrom(seed);
    return [`at random, ${seed}`, () => 1 + Math.floor(random() ** 3 * 1500)];
  }),
])('%s', (_, size) => {
  const { seen } = read(cut(stream(20), size));
  expect(seen).toHaveLength(21);
  for (const [i, { record, pixels }] of seen.slice(0, 20).entries()) {
    expect(record).toEqual(recordOf(i));
    expect(pixels.equals(framed(i))).toBe(true);
  }
  expect(seen[20]?.record).toEqual(exit);
});

describe.each([
  ['centred', { x: 1, y: 0, width: 5, height: 8 }, 0],
  ['at the top left, on grey', { x: 0, y: 0, width: 5, height: 8 }, 114],
  ['at the top left, wide, on grey', { x: 0, y: 0, width: 8, height: 3 }, 114],
  ['a single pixel', { x: 3, y: 4, width: 1, height: 1 }, 7],
  ['whole', { x: 0, y: 0, width: 8, height: 8 }, 7],
] as const)('content %s', (_, content, padding) => {
  const size = { width: 8, height: 8, resize: { kind: 'letterbox', align: 'centre', padding } } as const;
  const stride = 4 * Math.ceil(content.width / 4);
  const value = (plane: number, row: number, column: number) => 1 + 80 * plane + 8 * row + column;
  const sent = Buffer.alloc(3 * stride * content.height, 255);
  const placed = new Uint8Array(3 * 8 * 8).fill(padding);
  for (let plane = 0; plane < 3; plane++)
    for (let row = 0; row < content.height; row++)
      for (let column = 0; column < content.width; column++) {
        sent[(plane * content.height + row) * stride + column] = value(plane, row, column);
        placed[(plane * 8 + row + content.y) * 8 + column + content.x] = value(plane, row, column);
      }

  test.each([1, 2, 3, 5, 7, 1000])('in pieces of %d bytes', (bytesEach) => {
    const bytes = Buffer.concat([recordHead({ ...recordOf(0), content }, sent.length), sent]);
    const { seen } = read(
      cut(bytes, () => bytesEach),
      size,
    );
    expect(seen.map(({ pixels }) => [...pixels])).toEqual([[...placed]]);
  });
});

test('the buffer of a frame cut short can be given back', () => {
  const { seen, reader } = read([stream(2).subarray(0, -recordHead(exit, 0).length - 1)]);
  expect(seen).toHaveLength(1);
  expect(reader.unfinished?.byteLength).toBe(3 * 4 * 4);
  reader.push(picture(1).subarray(-1));
  expect(reader.unfinished).toBeUndefined();
});

const packet: PacketRecord = {
  kind: 'packet',
  id: 3,
  isKey: true,
  ptsMs: 40.5,
  capturedMonotonicMs: 1000.25,
  stream: { codec: 'h264', size: { width: 64, height: 48 }, configuration: 'AQID' },
};
const packetBytes = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 251));

test.each([1, 7, 64, 1000])('packets between frames, in pieces of %d bytes', (bytesEach) => {
  const none: CaptureRecord = { kind: 'no-packets', id: 4, message: 'video as video/x-vp8' };
  const { stream: _, ...next } = packet;
  const parts = [recordHead(packet, 300), packetBytes, recordHead(recordOf(0), pixelBytes), picture(0)];
  const more = [recordHead({ ...next, isKey: false }, 1), packetBytes.subarray(5, 6), recordHead(none, 0)];
  const { seen } = read(cut(Buffer.concat([...parts, ...more]), () => bytesEach));
  expect(seen.map(({ record }) => record)).toEqual([packet, recordOf(0), { ...next, isKey: false }, none]);
  expect(seen.map(({ pixels }) => [...pixels])).toEqual([[...packetBytes], [...framed(0)], [5], []]);
});

const wrongMagic = stream(1);
wrongMagic[0] = 0;
const endlessJson = Buffer.from(recordHead(recordOf(0), pixelBytes));
endlessJson.writeUInt32LE(1 << 20, 4);
const noJson = Buffer.from(recordHead(recordOf(0), pixelBytes));
noJson.writeUInt8(0, 20);

test.each([
  ['noise', Buffer.from('(process:1): GStreamer-WARNING **: something'), 'bytes that are not a record'],
  ['a packet of nothing', recordHead(packet, 0), 'a packet of 0 bytes'],
  ['a packet without an end', recordHead(packet, 1 << 30), 'a packet of 1073741824 bytes'],
  [
    'a packet of a codec that is none',
    recordHead({ ...packet, stream: { ...packet.stream!, codec: 'vp8' as 'h264' } }, 1),
    'a record of no known kind',
  ],
  ['a packet without a time', recordHead({ ...packet, ptsMs: Number.NaN }, 1), 'a record of no known kind'],
  ['a wrong start', wrongMagic, 'bytes that are not a record'],
  ['JSON without an end', endlessJson, 'bytes that are not a record'],
  [
    'rows outside',
    recordHead({ ...recordOf(0), content: { x: 0, y: 3, width: 4, height: 2 } }, pixelBytes),
    'a frame of a wrong size',
  ],
  [
    'columns outside',
    recordHead({ ...recordOf(0), content: { x: 1, y: 1, width: 4, height: 2 } }, pixelBytes),
    'a frame of a wrong size',
  ],
  ['another size', recordHead(recordOf(0), pixelBytes + 1), 'a frame of a wrong size'],
  ['JSON with a hole', noJson, 'a record that is not JSON'],
])('%s is refused', (_, bytes, message) => {
  expect(() => read([bytes])).toThrow(message);
  expect(() => read([bytes])).toThrow(RecordError);
});

test('what a callback throws is no fault of the records', () => {
  const boom = new TypeError('boom');
  const reader = new RecordReader(
    inputSize,
    (byteLength) => new ArrayBuffer(byteLength),
    () => {
      throw boom;
    },
  );
  expect(() => reader.push(stream(1))).toThrow(boom);
});

describe('pictures', () => {
  const told: PictureRecord = {
    kind: 'picture',
    id: 7,
    partBytes: [5, 0, 3],
    sourceSize: { width: 1920, height: 1080 },
    capturedAtMs: 1_700_000_000_000.5,
  };
  const jpegs = Buffer.from('wholecut');

  test.each([1, 3, 1000])('come between frames, in pieces of %d bytes', (bytesEach) => {
    const none = { ...told, partBytes: [] };
    const bytes = Buffer.concat([stream(1), recordHead(told, 8), jpegs, recordHead(none, 0), stream(1)]);
    const { seen, reader } = read(cut(bytes, () => bytesEach));
    expect(seen.map(({ record }) => record.kind)).toEqual([
      'frame',
      'exit',
      'picture',
      'picture',
      'frame',
      'exit',
    ]);
    expect(seen[2]).toEqual({ record: told, pixels: jpegs });
    expect(seen[3]?.pixels).toHaveLength(0);
    expect(reader.unfinished).toBeUndefined();
  });

  test('one that is cut short is no frame to be given back', () => {
    expect(read([recordHead(told, 8), jpegs.subarray(1)]).reader.unfinished).toBeUndefined();
  });

  test.each<[string, object, number]>([
    ['other bytes than its parts', {}, 9],
    ['more bytes than any picture', { partBytes: [1 << 27] }, 1 << 27],
    ['parts that are no numbers', { partBytes: ['5', 3] }, 8],
    ['a part of negative length', { partBytes: [9, -1] }, 8],
    ['no size', { sourceSize: undefined }, 8],
    ['no time', { capturedAtMs: null }, 8],
    ['no number', { id: 'one' }, 8],
  ])('%s', (_, changed, length) => {
    const head = recordHead({ ...told, ...changed } as PictureRecord, length);
    expect(() => read([Buffer.concat([head, jpegs])])).toThrow(RecordError);
  });
});

test('a window of a frame, with what it is a part of; of a wrong shape it is refused', () => {
  const window: WindowRecord = {
    kind: 'window',
    sequence: 3,
    sourceSize: { width: 8, height: 4 },
    window: { x: 4, y: 0, width: 4, height: 2 },
    content: { x: 0, y: 1, width: 4, height: 2 },
  };
  const { seen } = read([
    recordHead(recordOf(3), pixelBytes),
    picture(3),
    recordHead(window, pixelBytes),
    picture(4),
  ]);
  expect(seen.map(({ record }) => record.kind)).toEqual(['frame', 'window']);
  expect(seen[1]!.record).toEqual(window);
  expect(seen[1]!.pixels).toEqual(framed(4));
  for (const wrong of [
    { window: 'all' },
    { sourceSize: { width: 8 } },
    { content: { ...window.content, width: 8 } },
  ])
    expect(() => read([recordHead({ ...window, ...wrong } as WindowRecord, pixelBytes)])).toThrow(
      RecordError,
    );
});

test('a frame tells where something moved, in boxes of four numbers', () => {
  const moved = [[0.1, 0.2, 0.3, 0.4]] as const;
  const { seen } = read([recordHead({ ...recordOf(0), moved }, pixelBytes), picture(0)]);
  expect(seen[0]!.record).toMatchObject({ moved });
  for (const wrong of [[[0.1]], 'all', [[0, 0, 1, 'x']]])
    expect(() => read([recordHead({ ...recordOf(0), moved: wrong } as never, pixelBytes)])).toThrow(
      RecordError,
    );
});
