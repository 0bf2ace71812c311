// Two sizes of pictures -> whether they may show the same view. Pure.

import type { Size } from '../../pipelines/frame.js';

/** How far two shapes may be apart that are taken for one: sizes are multiples of 16 here and there. */
const SAME_SHAPE = 0.03;

export function isSameShape(one: Size, other: Size): boolean {
  const ratio = (one.width * other.height) / (one.height * other.width);
  return Math.abs(ratio - 1) < SAME_SHAPE;
}
