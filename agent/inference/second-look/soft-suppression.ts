// Boxes of all looks -> the same, those that overlap with surer ones as much less sure. Pure.

import { iou } from '../../../models/decode/boxes.js';
import type { Detection } from '../../../models/detection.js';
import { familyOf, sharedPart, VEHICLE } from './same-object.js';

interface Limits {
  /** What overlaps less, and lies less in the other, stays as sure as it was. */
  readonly iou: number;
  readonly part: number;
  /** How much of the share that lies in the other is doubt. */
  readonly within: number;
}

/** A box that lies in another one may be of a part of it, or of somebody in front of it: as likely the one as the other. */
const USUAL: Limits = { iou: 0.3, part: 0.6, within: 0.5 };
/** People stand before one another; of vehicles nearly all such boxes are of a wheel or bumper, or lie between two of them. */
const OF_VEHICLES: Limits = { iou: 0.2, part: 0.4, within: 0.8 };

/**
 * Linear soft non-maximum suppression (Bodla et al., 2017). What is small has more boxes than it should, beside the best one
 * by half its width, as two people have who overlap: of two people the second one is surer than such a box.
 *
 * @param isComparable of two boxes, whether one may make the other less sure
 * @returns best score first
 */
export function suppressSoftly(
  found: readonly Detection[],
  isComparable: (a: Detection, b: Detection) => boolean,
): Detection[] {
  let left = found.map((detection) => ({ from: detection, score: detection.score }));
  const sure: Detection[] = [];
  while (left.length > 0) {
    const best = left.reduce((a, b) => (b.score > a.score ? b : a));
    sure.push({ ...best.from, score: best.score });
    left = left
      .filter((one) => one !== best)
      .map((one) =>
        isComparable(best.from, one.from)
          ? { ...one, score: one.score * (1 - doubtOf(best.from, one.from)) }
          : one,
      );
  }
  return sure;
}

/** That both are of two objects, 0..1. */
function doubtOf(a: Detection, b: Detection): number {
  const family = familyOf(a.label);
  if (family !== familyOf(b.label)) return 0;
  const limits = family === VEHICLE ? OF_VEHICLES : USUAL;
  const [overlap, part] = [iou(a.box, b.box), sharedPart(a.box, b.box)];
  return overlap > limits.iou || part > limits.part ? Math.max(overlap, limits.within * part) : 0;
}
