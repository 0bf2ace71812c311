// Samples -> percentiles, medians, bins and their noise. Pure.

/** @param sorted ascending, not empty @param share 0 to 1: the value that this share does not exceed (nearest rank) */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1]!;
}

/** @param values not empty */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/** 1.4826 makes the median of deviations a standard deviation, sqrt(pi / 2) is what a median is worse than a mean. */
const TO_STANDARD_ERROR = 1.4826 * Math.sqrt(Math.PI / 2);

/**
 * Standard error of the median of rounds, relative to it; a round that a neighbour disturbed hardly counts.
 *
 * @returns nothing for a single round
 */
export function noiseOf(rounds: readonly number[]): number | undefined {
  if (rounds.length < 2) return undefined;
  const middle = median(rounds);
  const deviation = median(rounds.map((value) => Math.abs(value - middle)));
  return (TO_STANDARD_ERROR * deviation) / (Math.sqrt(rounds.length) * middle);
}

export interface Bin {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

const BINS = 40;

/** Equal bins from the least to the 99.5th percentile; what is above stands in the last. @param sorted not empty */
export function histogramOf(sorted: readonly number[]): Bin[] {
  const from = sorted[0]!;
  const width = Math.max((percentile(sorted, 0.995) - from) / BINS, 0.001);
  const counts = new Array<number>(BINS).fill(0);
  for (const value of sorted) counts[Math.min(BINS - 1, Math.floor((value - from) / width))]!++;
  const last = counts.findLastIndex((count) => count > 0);
  return counts.slice(0, last + 1).map((count, i) => ({
    fromMs: from + i * width,
    toMs: i === BINS - 1 ? Math.max(sorted.at(-1)!, from + BINS * width) : from + (i + 1) * width,
    count,
  }));
}

/** Significant enough for milliseconds of a microsecond and for rates of thousands. */
export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
