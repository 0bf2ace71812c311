// Candidate boxes -> one box per object: class-wise non-maximum suppression as Darknet does it.

import type { Detection } from '../detection.js';
import { diou, iou } from './boxes.js';

export interface NmsOptions {
  readonly kind: 'greedy' | 'diou';
  readonly iouThreshold: number;
  /** Exponent of the distance term of `diou`. */
  readonly beta: number;
}

// An untrained or mistaken network passes every cell as a candidate; suppression is quadratic.
const MAX_CANDIDATES = 2000;

/** @returns best score first */
export function suppress(candidates: readonly Detection[], options: NmsOptions): Detection[] {
  const sorted = [...candidates].sort((a, b) => b.score - a.score).slice(0, MAX_CANDIDATES);
  const kept: Detection[] = [];
  for (const candidate of sorted) {
    const duplicate = kept.some(
      (better) =>
        better.classIndex === candidate.classIndex &&
        overlap(better, candidate, options) > options.iouThreshold,
    );
    if (!duplicate) kept.push(candidate);
  }
  return kept;
}

function overlap(a: Detection, b: Detection, { kind, beta }: NmsOptions): number {
  return kind === 'diou' ? diou(a.box, b.box, beta) : iou(a.box, b.box);
}
