// A scaled picture as GStreamer has it -> R, G and B of the rows that the parent gets. Pure.

import type { Rect, Size } from '../../frame.js';

/**
 * @param pixels planar G, B and R; with borders until GStreamer has got to know the rows that are wanted
 * @returns nothing for rows of another size, as they come from a camera that has just changed its own
 */
export function picturePlanes(
  pixels: Buffer,
  { width, height: inputHeight }: Size,
  { y, height }: Rect,
): readonly [Buffer, Buffer, Buffer] | undefined {
  const rows = pixels.length / (3 * width);
  if (rows !== inputHeight && rows !== height) return undefined;
  const plane = (index: number) => {
    const start = (index * rows + (rows === height ? 0 : y)) * width;
    return pixels.subarray(start, start + height * width);
  };
  return [plane(2), plane(0), plane(1)];
}
