// Times in milliseconds -> percentiles of an interval, in bounded memory.

/**
 * DDSketch (Masson et al., VLDB 2019): buckets whose bounds grow by a fixed ratio, so that every percentile
 * is within 1% of the true one, over 0.01 ms to 28 hours in 1153 counters. Maximum and count are exact.
 */
export class Histogram {
  readonly #buckets = new Uint32Array(BUCKETS); // (BUCKETS)
  #count = 0;
  #maxMs = 0;

  record(ms: number): void {
    const bucket = ms <= SMALLEST_MS ? 0 : Math.ceil(Math.log(ms / SMALLEST_MS) / LOG_RATIO);
    this.#buckets[Math.min(bucket, BUCKETS - 1)]!++;
    this.#count++;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** @param share 0 to 1: the value that this share of the values does not exceed (nearest rank) */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#buckets[bucket]!;
      if (seen >= rank) return Math.min(middle(bucket), this.#maxMs);
    }
    return 0;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#maxMs = 0;
  }
}

const ERROR = 0.01;
const RATIO = (1 + ERROR) / (1 - ERROR);
const LOG_RATIO = Math.log(RATIO);
const SMALLEST_MS = 0.01;
const LARGEST_MS = 1e8;
const BUCKETS = Math.ceil(Math.log(LARGEST_MS / SMALLEST_MS) / LOG_RATIO) + 1;

/** The value whose relative distance to both bounds of a bucket is equal. */
function middle(bucket: number): number {
  return bucket === 0 ? SMALLEST_MS : (SMALLEST_MS * 2 * RATIO ** bucket) / (RATIO + 1);
}
