// Pictures as GStreamer scales them, G before B before R -> R, G and B of the content, in rows as they are sent.

import { describe, expect, test } from 'vitest';
import { picturePlanes } from '../../../pipelines/capture/child/picture-planes.js';
import { placeContent } from '../../../pipelines/letterbox.js';

const inputSize = { width: 8, height: 8 };
/** What GStreamer adds so that a row is a multiple of four bytes. */
const PAD = 99;

/** Each pixel is its plane, row and column: 23 is the fourth column of the third row of the first plane. */
function picture({ width, height }: { width: number; height: number }): Buffer {
  const pad = new Array<number>((4 - (width % 4)) % 4).fill(PAD);
  const rows = (plane: number) =>
    Array.from({ length: height }, (_, row) => [
      ...Array.from({ length: width }, (_, column) => plane + 10 * row + column),
      ...pad,
    ]);
  return Buffer.from([0, 80, 160].flatMap((plane) => rows(plane).flat()));
}

describe.each([
  ['wide', { x: 0, y: 2, width: 8, height: 4 }],
  ['tall', { x: 2, y: 0, width: 4, height: 8 }],
  ['tall, with padded rows', { x: 1, y: 0, width: 5, height: 8 }],
  ['nearly whole, whose padded rows are as long as those of the input', { x: 0, y: 0, width: 7, height: 8 }],
  ['whole', { x: 0, y: 0, ...inputSize }],
])('%s', (_, centred) => {
  // Where the content goes in the end is the parent's business.
  const content = { width: centred.width, height: centred.height };
  const place = { content, inputSize, centred };

  test.each([
    ['by itself', content, { x: 0, y: 0 }],
    ['within the whole input', inputSize, centred],
  ])('%s', (_form, size, { x, y }) => {
    const planes = picturePlanes(picture(size), size, place)!;
    const stride = 4 * Math.ceil(content.width / 4);
    for (const [i, plane] of [160, 0, 80].entries()) {
      expect(planes[i]!.length).toBe(stride * content.height);
      for (let row = 0; row < content.height; row++)
        expect([...planes[i]!.subarray(row * stride, row * stride + content.width)]).toEqual(
          Array.from({ length: content.width }, (_, column) => plane + 10 * (row + y) + column + x),
        );
    }
  });
});

test.each([
  ['another height', { width: 8, height: 3 }],
  ['another width', { width: 7, height: 4 }],
  ['the rows of the input, narrower', { width: 4, height: 8 }],
])('%s is a picture of another size', (_, size) => {
  const centred = placeContent({ width: 200, height: 100 }, inputSize);
  const place = { content: { width: 8, height: 4 }, inputSize, centred };
  expect(picturePlanes(picture(size), size, place)).toBeUndefined();
});

test('bytes that are not those of the size', () => {
  const size = { width: 8, height: 4 };
  const place = { content: size, inputSize, centred: { x: 0, y: 2, ...size } };
  expect(picturePlanes(picture(size).subarray(1), size, place)).toBeUndefined();
});
