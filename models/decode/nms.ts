// Candidate boxes -> one box per object: class-wise non-maximum suppression as Darknet does it.

import type { Detection } from '../detection.js';
import { placeByVotes } from './box-voting.js';
import { diou, iou } from './boxes.js';
import { MAX_CANDIDATES } from './candidates.js';

export interface NmsOptions {
  readonly kind: 'greedy' | 'diou';
  readonly iouThreshold: number;
  /** Exponent of the distance term of `diou`. */
  readonly beta: number;
  /** IoU from which on what is left out helps to place the box that is kept; without it boxes stay as the network has them. */
  readonly boxVoting?: number | undefined;
}

/**
 * A box is compared with the better ones of its class: of 2000 candidates that are left apart, two million times at most.
 *
 * @returns best score first
 */
export function suppress(candidates: readonly Detection[], options: NmsOptions): Detection[] {
  const sorted = [...candidates].sort((a, b) => b.score - a.score).slice(0, MAX_CANDIDATES);
  const keptOf = new Map<number, Detection[]>();
  const kept = sorted.filter((candidate) => {
    const better = keptOf.get(candidate.classIndex);
    if (better === undefined) keptOf.set(candidate.classIndex, [candidate]);
    else if (better.some((one) => overlap(one, candidate, options) > options.iouThreshold)) return false;
    else better.push(candidate);
    return true;
  });
  return options.boxVoting === undefined ? kept : placeByVotes(kept, sorted, options.boxVoting);
}

function overlap(a: Detection, b: Detection, { kind, beta }: NmsOptions): number {
  return kind === 'diou' ? diou(a.box, b.box, beta) : iou(a.box, b.box);
}
