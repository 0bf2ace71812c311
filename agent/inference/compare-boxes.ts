// What two ways to run a network find on the same pictures -> how many boxes are the same. Pure.

import { iou } from '../../models/decode/boxes.js';
import type { Detection } from '../../models/detection.js';

export interface Comparison {
  readonly first: number;
  readonly second: number;
  /** Of one label, that overlap and score alike. */
  readonly same: number;
}

/** @param limits least overlap, and most that scores may differ by */
export function compareBoxes(
  first: readonly (readonly Detection[])[],
  second: readonly (readonly Detection[])[],
  limits: { readonly iou: number; readonly score: number },
): Comparison {
  const count = (all: typeof first) => all.reduce((sum, boxes) => sum + boxes.length, 0);
  const same = first.reduce((sum, boxes, picture) => {
    const left = [...(second[picture] ?? [])];
    const alike = boxes.filter(({ classIndex, score, box }) => {
      const at = left.findIndex(
        (other) =>
          other.classIndex === classIndex &&
          Math.abs(other.score - score) <= limits.score &&
          iou(other.box, box) >= limits.iou,
      );
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
    return sum + alike.length;
  }, 0);
  return { first: count(first), second: count(second), same };
}
