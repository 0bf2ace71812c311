// Scores and boxes as decoders find them -> detections, best first: nothing below the least score, nothing that is no box.

import type { Box, Detection } from '../detection.js';

/** An untrained or mistaken network passes every cell as a candidate, and suppression is quadratic. */
export const MAX_CANDIDATES = 2000;

export class Candidates {
  readonly minScore: number;
  readonly #labels: readonly string[];
  #found: Detection[] = [];
  /** Score of the worst that is kept, once there were too many: only better ones count then. */
  #floor = Number.NEGATIVE_INFINITY;

  constructor(labels: readonly string[], minScore: number) {
    this.#labels = labels;
    this.minScore = minScore;
  }

  /** Asked before a box is worked out. A score that is not finite is none. */
  takes(score: number): boolean {
    return score >= this.minScore && score > this.#floor && score < Number.POSITIVE_INFINITY;
  }

  /**
   * @param score that `takes` passed; rounding may have left it above 1
   * @param x1 of the corners, in input pixels; a box with an edge that is not finite, or inside out, is left out
   */
  add(classIndex: number, score: number, x1: number, y1: number, x2: number, y2: number): void {
    if (!(x2 >= x1 && y2 >= y1 && Number.isFinite(x2 - x1) && Number.isFinite(y2 - y1))) return;
    const box: Box = [x1, y1, x2, y2];
    this.#found.push({ label: this.#labels[classIndex]!, classIndex, score: Math.min(1, score), box });
    if (this.#found.length === 2 * MAX_CANDIDATES) this.#floor = this.best().at(-1)!.score;
  }

  /** The same by centre and size. */
  addCentred(classIndex: number, score: number, x: number, y: number, width: number, height: number): void {
    this.add(classIndex, score, x - width / 2, y - height / 2, x + width / 2, y + height / 2);
  }

  /** Equal scores stay in the order they came. */
  best(): Detection[] {
    this.#found = this.#found.sort((a, b) => b.score - a.score).slice(0, MAX_CANDIDATES);
    return this.#found;
  }
}
