// A scaled picture as GStreamer has it -> R, G and B of the content that the parent gets. Pure.

import type { Rect, Size } from '../../frame.js';
import { rowBytes } from '../records.js';

type Planes = readonly [red: Buffer, green: Buffer, blue: Buffer];

export interface PlacedContent {
  readonly content: Size;
  readonly inputSize: Size;
  /** Where GStreamer puts the content in the whole input, until it has got to know the size that is wanted. */
  readonly centred: Rect;
}

/**
 * @param pixels planar G, B and R of `size`: of the content alone, or of the whole input
 * @returns nothing for another size, as it comes from a camera that has just changed its own
 */
export function picturePlanes(
  pixels: Buffer,
  size: Size,
  { content, inputSize, centred }: PlacedContent,
): Planes | undefined {
  const stride = rowBytes(size.width);
  const planeBytes = stride * size.height;
  if (pixels.length !== 3 * planeBytes) return undefined;
  const isContent = isSame(size, content);
  if (!isContent && !isSame(size, inputSize)) return undefined;
  const plane = (index: number) => {
    const whole = pixels.subarray(index * planeBytes, (index + 1) * planeBytes);
    return isContent ? whole : cut(whole, stride, centred);
  };
  return [plane(2), plane(0), plane(1)];
}

function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

/** Rows as they are sent, each padded. */
export function cut(plane: Buffer, stride: number, { x, y, width, height }: Rect): Buffer {
  const sent = rowBytes(width);
  if (x === 0 && sent === stride) return plane.subarray(y * stride, (y + height) * stride);
  const rows = Buffer.alloc(sent * height);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * stride + x;
    plane.copy(rows, row * sent, from, from + width);
  }
  return rows;
}
