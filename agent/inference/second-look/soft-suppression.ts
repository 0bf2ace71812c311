// Boxes of all looks -> the same, those that overlap with surer ones as much less sure. Pure.

import { iou } from '../../../models/decode/boxes.js';
import type { Detection } from '../../../models/detection.js';
import { familyOf, sharedPart } from './same-object.js';

/** What overlaps less stays as sure as it was. */
const LEAST = { iou: 0.3, part: 0.6 };
/** A box that lies in another one may be of a part of it, or of somebody in front of it: as likely the one as the other. */
const WITHIN = 0.5;

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
  if (familyOf(a.label) !== familyOf(b.label)) return 0;
  const [overlap, part] = [iou(a.box, b.box), sharedPart(a.box, b.box)];
  return overlap > LEAST.iou || part > LEAST.part ? Math.max(overlap, WITHIN * part) : 0;
}
