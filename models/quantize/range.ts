// Histogram of an activation + method -> the range that 256 steps cover.

import type { Histogram } from './histogram.js';

export const methods = ['minmax', 'percentile', 'mse'] as const;
export type Method = (typeof methods)[number];

/** Values beyond are clipped. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Quantized = round(value / scale) + zeroPoint, clipped to 0..255. */
export interface Scale {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Part of the values that `percentile` keeps, half of the rest on either side. */
const KEPT = 0.9999;
const SHRINKS = Array.from({ length: 64 }, (_, i) => 1 - i / 80);

export function rangeOf(histogram: Histogram, method: Method): Range {
  const { min, max } = histogram;
  if (method === 'minmax') return { min, max };
  return method === 'percentile' ? percentileRange(histogram) : leastErrorRange(histogram);
}

/** The scale of a range widened to hold 0, which is then exact; a range from 0 up has its zero point at 0. */
export function scaleOf(range: Range): Scale {
  const [min, max] = [Math.min(0, range.min), Math.max(0, range.max)];
  // Of what is always 0, any scale.
  const scale = Math.fround(Math.max(max - min, 1e-8) / 255);
  return { scale, zeroPoint: 0 - Math.round(min / scale) };
}

/** The smallest that holds both. */
export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

function percentileRange(histogram: Histogram): Range {
  const { counts, total } = histogram;
  const beyond = ((1 - KEPT) / 2) * total;
  let [first, last] = [0, counts.length - 1];
  for (let sum = counts[first]!; sum <= beyond && first < last; ) sum += counts[++first]!;
  for (let sum = counts[last]!; sum <= beyond && last > first; ) sum += counts[--last]!;
  const half = histogram.step / 2;
  return {
    min: Math.max(histogram.min, histogram.value(first) - half),
    max: Math.min(histogram.max, histogram.value(last) + half),
  };
}

/** Rounding within against clipping beyond: the mean of both errors squared is least. */
function leastErrorRange(histogram: Histogram): Range {
  const filled = [...histogram.counts.keys()].filter((i) => histogram.counts[i]! > 0);
  const bins = filled.map((i) => ({ value: histogram.value(i), count: histogram.counts[i]! }));
  let best: Range = { min: histogram.min, max: histogram.max };
  let least = Number.POSITIVE_INFINITY;
  for (const shrink of SHRINKS) {
    const range = { min: histogram.min * shrink, max: histogram.max * shrink };
    const rounding = scaleOf(range).scale ** 2 / 12;
    let error = -histogram.zeros * rounding;
    for (const { value, count } of bins) {
      const clipped = Math.max(0, value - Math.max(0, range.max), Math.min(0, range.min) - value);
      error += count * (clipped > 0 ? clipped * clipped : rounding);
    }
    if (error < least) [best, least] = [range, error];
  }
  return best;
}
