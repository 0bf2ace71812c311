// How long answers took -> how long the next may take before who gives them counts as hung.

export interface AnswerLimits {
  /** Until there has been an answer. */
  readonly firstMs: number;
  /** However fast the network is: machines stutter. */
  readonly leastMs: number;
}

/** Of the mean: a neighbour that takes the cores makes a network three to five times slower, not ten. */
const TIMES_USUAL = 10;
/** How much the latest answer counts. */
const NEWEST = 0.1;

export class AnswerTime {
  readonly #limits: AnswerLimits;
  #usualMs: number | undefined;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  took(ms: number): void {
    this.#usualMs = this.#usualMs === undefined ? ms : this.#usualMs + NEWEST * (ms - this.#usualMs);
  }

  get limitMs(): number {
    const { firstMs, leastMs } = this.#limits;
    if (this.#usualMs === undefined) return firstMs;
    return Math.round(Math.max(leastMs, TIMES_USUAL * this.#usualMs));
  }
}
