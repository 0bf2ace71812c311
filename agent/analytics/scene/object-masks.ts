// A detection + the object masks of its camera -> whether it is passed over. Pure.

import type { Detection } from '../../../models/detection.js';
import type { Size } from '../../../pipelines/frame.js';
import { relativeAnchors } from './filter.js';
import { contains, type Point } from './polygons.js';

export interface ObjectMask {
  readonly points: readonly Point[];
  /** Default all. */
  readonly labels?: readonly string[] | undefined;
}

/** The middle of the bottom edge of its box says where an object is, as in zones. */
export function isMasked(
  masks: readonly ObjectMask[],
  { label, box }: Pick<Detection, 'label' | 'box'>,
  sourceSize: Size,
): boolean {
  const { bottom } = relativeAnchors(box, sourceSize);
  return masks.some(({ labels, points }) => (labels?.includes(label) ?? true) && contains(points, bottom));
}
