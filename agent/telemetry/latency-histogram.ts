// Times in milliseconds -> percentiles of an interval, in bounded memory (Node's HDR histogram).

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

const NS_PER_MS = 1e6;
/** It counts whole numbers from 1; nanoseconds, so that steps are small for the shortest stage too. */
const SMALLEST_NS = 1;
const LARGEST_NS = 1e14; // 28 hours
/** Two digits are right: what is told is up to 1% above the value; 41 KB. */
const FIGURES = 2;

/** Every percentile is within 1% of the true one, by nearest rank. Maximum and count are exact. */
export class LatencyHistogram {
  readonly #histogram: RecordableHistogram = createHistogram({
    lowest: SMALLEST_NS,
    highest: LARGEST_NS,
    figures: FIGURES,
  });
  #maxMs = 0;

  record(ms: number): void {
    // It throws at what is out of its range, and a clock may have been set.
    this.#histogram.record(Math.round(Math.min(LARGEST_NS, Math.max(SMALLEST_NS, ms * NS_PER_MS))));
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  get count(): number {
    return this.#histogram.count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** @param share 0 to 1: the value that this share of the values does not exceed (nearest rank) */
  percentile(share: number): number {
    const { count } = this;
    if (count === 0) return 0;
    // Its own rounding of shares is half a rank off: it is asked for a rank.
    const rank = Math.max(1, Math.ceil(share * count));
    return Math.min(this.#histogram.percentile((100 * rank) / count) / NS_PER_MS, this.#maxMs);
  }

  clear(): void {
    this.#histogram.reset();
    this.#maxMs = 0;
  }
}
