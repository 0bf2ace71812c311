// Pictures as GStreamer scales them, G before B before R -> R, G and B of the rows with the picture.

import { expect, test } from 'vitest';
import { picturePlanes } from '../../../pipelines/capture/child/picture-planes.js';

const inputSize = { width: 4, height: 4 };
/** Rows 1 and 2. */
const content = { x: 0, y: 1, width: 4, height: 2 };

/** Each pixel is its plane and its row: 12 is the second row of the first plane. */
function picture(rows: number): Buffer {
  const planes = [10, 20, 30].map((plane) =>
    Array.from({ length: rows }, (_, row) => Array(4).fill(plane + row)),
  );
  return Buffer.from(planes.flat(2));
}

test.each([
  ['with borders', 4, 1],
  ['without', 2, 0],
])('%s', (_, rows, first) => {
  const planes = picturePlanes(picture(rows), inputSize, content)!;
  const row = (level: number) => Array(4).fill(level + first);
  expect(planes.map((plane) => [...plane])).toEqual(
    [30, 10, 20].map((plane) => [...row(plane), ...row(plane + 1)]),
  );
});

test.each([0, 1, 3, 5])('%d rows are those of another size', (rows) => {
  expect(picturePlanes(picture(rows), inputSize, content)).toBeUndefined();
});
