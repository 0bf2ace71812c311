// What suppression keeps, and what it left out -> the same boxes, each placed by all that show its object. Pure.

import type { Box, Detection } from '../detection.js';
import { iou } from './boxes.js';

/**
 * Box voting (Gidaris and Komodakis, ICCV 2015, section 5): scores rank how sure a network is of an object, not how well a box
 * lies on it, so the mean of a box and of those that it suppressed lies better than the best one alone.
 *
 * A vote counts by its score, and by the cube of its overlap: of two people side by side each has more of its own. Powers of
 * 1 to 4 gave the same precision within its noise on the second validation set that models/training describes.
 *
 * @param kept by suppression; scores and order stay
 * @param candidates all that suppression was given, those kept among them
 * @param least IoU with the kept box, 0 to 1, from which on a box of its class has a vote
 */
export function placeByVotes(
  kept: readonly Detection[],
  candidates: readonly Detection[],
  least: number,
): Detection[] {
  return kept.map((one) => ({ ...one, box: placed(one, candidates, least) }));
}

function placed(kept: Detection, candidates: readonly Detection[], least: number): Box {
  const sums: [number, number, number, number] = [0, 0, 0, 0];
  let total = 0;
  for (const { classIndex, box, score } of candidates) {
    if (classIndex !== kept.classIndex) continue;
    const overlap = iou(kept.box, box);
    if (!(overlap >= least)) continue;
    const weight = score * overlap ** 3;
    total += weight;
    for (const edge of [0, 1, 2, 3] as const) sums[edge] += weight * box[edge];
  }
  // A box without area overlaps with nothing, itself included.
  return total > 0 ? [sums[0] / total, sums[1] / total, sums[2] / total, sums[3] / total] : kept.box;
}
