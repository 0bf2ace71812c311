// Values of an activation, batch after batch -> how often each size occurs, in memory that does not grow.

const BINS = 4096; // of the range from -limit to limit

export class Histogram {
  readonly counts = new Float64Array(BINS);
  /** Exact zeros: any scale represents them. They are in `counts` as well. */
  zeros = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** Without an infinity or NaN among the values; with one, nothing else is counted any more. */
  isFinite = true;
  #limit = 0;

  /** Width of a bin. */
  get step(): number {
    return (2 * this.#limit) / BINS;
  }

  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Middle of bin `i`. */
  value(i: number): number {
    return (i + 0.5) * this.step - this.#limit;
  }

  add(values: Float32Array): void {
    let [min, max] = [this.min, this.max];
    for (const value of values) {
      if (!Number.isFinite(value)) this.isFinite = false;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (!this.isFinite) return;
    [this.min, this.max] = [min, max];
    this.#reach(Math.max(-min, max));
    if (this.#limit === 0) {
      this.counts[BINS / 2]! += values.length;
      this.zeros += values.length;
      return;
    }
    const perValue = BINS / (2 * this.#limit);
    const { counts } = this;
    for (const value of values) {
      if (value === 0) this.zeros++;
      counts[Math.min(BINS - 1, (value * perValue + BINS / 2) | 0)]!++;
    }
  }

  /** Doubles the range until it holds `size`: two bins become one. */
  #reach(size: number): void {
    if (this.#limit === 0) this.#limit = size;
    while (this.#limit < size) {
      const halves = this.counts.slice();
      this.counts.fill(0);
      for (let i = 0; i < BINS; i++) this.counts[BINS / 4 + (i >> 1)]! += halves[i]!;
      this.#limit *= 2;
    }
  }
}
