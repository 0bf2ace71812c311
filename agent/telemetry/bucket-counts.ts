// Times in seconds -> how many were at most so long, since start: a histogram as Prometheus wants it.

/** From a fast network on a good machine to a camera that hangs. */
export const BOUNDS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

export class BucketCounts {
  readonly #counts = new Float64Array(BOUNDS_SECONDS.length + 1); // (bounds + 1), the last of what is longer
  #sum = 0;

  record(seconds: number): void {
    const bucket = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
    this.#counts[bucket === -1 ? BOUNDS_SECONDS.length : bucket]!++;
    this.#sum += seconds;
  }

  /** Seconds of all. */
  get sum(): number {
    return this.#sum;
  }

  /** One per bound, and at the end that of all. */
  get cumulative(): number[] {
    let seen = 0;
    return [...this.#counts].map((count) => {
      seen += count;
      return seen;
    });
  }
}
