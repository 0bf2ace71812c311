// Planes of a small picture -> what is drawn on it, cut out of it, and taken back.

import { expect, test } from 'vitest';
import { cutOut, draw, i420Planes, onGrid } from '../../../pipelines/capture/child/i420.js';
import type { Drawing } from '../../../pipelines/capture/requests.js';

const size = { width: 9, height: 7 };
/** Rows of 12 and 8 bytes, 8 and 4 of them. */
const BYTES = 12 * 8 + 2 * 8 * 4;
const picture = () => Buffer.from(Array.from({ length: BYTES }, (_, at) => at));
const colour = { y: 250, u: 251, v: 252 };
const outline = (x: number, y: number, width: number, height: number, thickness = 1): Drawing => ({
  kind: 'outline',
  rect: { x, y, width, height },
  thickness,
  colour,
});
const tile: Drawing = {
  kind: 'tile',
  rect: { x: 6, y: -1, width: 4, height: 3 },
  luma: Buffer.from(Array.from({ length: 12 }, (_, at) => 200 + at)).toString('base64'),
  colour,
};

const rowsOf = (bytes: Buffer, stride: number, width: number, height: number) =>
  Array.from({ length: height }, (_, row) => [...bytes.subarray(row * stride, row * stride + width)]);

test('an outline lies within its field, and colours what shares a point of colour with it', () => {
  const bytes = Buffer.alloc(BYTES);
  const [y, u, v] = i420Planes(bytes, size)!;
  draw([y!, u!, v!], size, [outline(1, 2, 5, 4)]);
  expect(
    rowsOf(y!.bytes, y!.stride, 9, 7).map((row) => row.map((one) => (one === 250 ? 1 : 0)).join('')),
  ).toEqual(['000000000', '000000000', '011111000', '010001000', '010001000', '011111000', '000000000']);
  expect(rowsOf(u!.bytes, u!.stride, 5, 4)).toEqual([
    [0, 0, 0, 0, 0],
    [251, 251, 251, 0, 0],
    [251, 251, 251, 0, 0],
    [0, 0, 0, 0, 0],
  ]);
  expect(v!.bytes.includes(252)).toBe(true);
});

test('of a tile that is partly outside, the rest is drawn', () => {
  const bytes = Buffer.alloc(BYTES);
  const planes = i420Planes(bytes, size)!;
  draw(planes, size, [tile]);
  expect(rowsOf(planes[0]!.bytes, 12, 9, 3)).toEqual([
    [0, 0, 0, 0, 0, 0, 204, 205, 206],
    [0, 0, 0, 0, 0, 0, 208, 209, 210],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
  ]);
});

test.each<[string, Drawing[]]>([
  ['one', [outline(1, 2, 5, 4)]],
  ['several on top of each other', [outline(0, 0, 9, 7, 2), tile, outline(3, 1, 4, 5)]],
  ['what is partly outside', [outline(-3, -2, 9, 6), outline(5, 3, 20, 20, 3)]],
  ['what is outside', [outline(20, 20, 5, 5), outline(-9, 0, 5, 5)]],
  ['nothing', []],
])('%s is taken back to the byte', (_, drawings) => {
  const bytes = picture();
  const undo = draw(i420Planes(bytes, size)!, size, drawings);
  undo();
  expect(bytes.equals(picture())).toBe(true);
});

test.each([
  [0, 0, 9, 7],
  [2, 2, 4, 4],
  [4, 2, 5, 5],
  [2, 4, 3, 1],
])('the part at %i, %i of %i x %i is that of the picture', (x, y, width, height) => {
  const whole = i420Planes(picture(), size)!;
  const part = i420Planes(cutOut(whole, { x, y, width, height }), { width, height })!;
  for (const [i, { bytes, stride, coarser }] of part.entries())
    for (let row = 0; row < Math.ceil(height / coarser); row++)
      for (let column = 0; column < Math.ceil(width / coarser); column++)
        expect(bytes[row * stride + column]).toBe(
          whole[i]!.bytes[(y / coarser + row) * whole[i]!.stride + x / coarser + column],
        );
});

test.each([
  [
    { x: 3, y: 1, width: 4, height: 4 },
    { x: 2, y: 0, width: 5, height: 5 },
  ],
  [
    { x: -2, y: -3, width: 4, height: 4 },
    { x: 0, y: 0, width: 2, height: 1 },
  ],
  [
    { x: 5, y: 5, width: 40, height: 40 },
    { x: 4, y: 4, width: 5, height: 3 },
  ],
])('%j begins on the grid of colour and ends with the picture', (rect, expected) => {
  expect(onGrid(rect, size)).toEqual(expected);
});
