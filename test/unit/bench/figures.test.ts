// Samples of known percentiles, bins and noise.

import { describe, expect, test } from 'vitest';
import { histogramOf, median, noiseOf, percentile } from '../../../agent/bench/figures.js';
import { seededRandom } from '../../../models/networks/random.js';

const hundred = Array.from({ length: 100 }, (_, i) => i + 1);

test.each([
  [hundred, 0.5, 50],
  [hundred, 0.99, 99],
  [hundred, 1, 100],
  [hundred, 0, 1],
  [[7], 0.99, 7],
  [[1, 2, 3, 4], 0.5, 2],
  [[1, 2, 3, 4], 0.51, 3],
])('percentile', (sorted, share, value) => {
  expect(percentile(sorted, share)).toBe(value);
});

test.each([
  [[3], 3],
  [[4, 1], 2.5],
  [[9, 1, 5], 5],
])('median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle);
});

describe('noise', () => {
  test('nothing of one round; none where all are alike', () => {
    expect(noiseOf([10])).toBeUndefined();
    expect(noiseOf([10, 10, 10])).toBe(0);
  });

  test('that of medians of normal samples, as drawn a thousand times', () => {
    const random = seededRandom(1);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const draw = () => Array.from({ length: 21 }, () => 100 + 5 * normal());
    const draws = Array.from({ length: 1000 }, draw);
    const medians = draws.map((values) => median(values));
    const mean = medians.reduce((sum, value) => sum + value, 0) / medians.length;
    const spread = Math.sqrt(medians.reduce((sum, value) => sum + (value - mean) ** 2, 0) / medians.length);
    const estimated = 100 * median(draws.map((values) => noiseOf(values)!));
    expect(estimated / spread).toBeGreaterThan(0.8);
    expect(estimated / spread).toBeLessThan(1.25);
  });

  test('one round that a neighbour disturbed hardly counts', () => {
    expect(noiseOf([10, 10.1, 9.9, 10, 10.1, 9.9, 10, 90])!).toBeLessThan(0.02);
  });
});

describe('histogram', () => {
  test('holds every sample once, also those far above', () => {
    const sorted = [...hundred, ...Array.from({ length: 300 }, (_, i) => 20 + i / 100), 5000].toSorted(
      (a, b) => a - b,
    );
    const bins = histogramOf(sorted);
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(sorted.length);
    expect(bins[0]!.fromMs).toBe(1);
    expect(bins.at(-1)!.toMs).toBeGreaterThanOrEqual(5000);
    for (const [i, { fromMs, toMs, count }] of bins.slice(0, -1).entries()) {
      expect(bins[i + 1]!.fromMs).toBe(toMs);
      expect(count).toBe(sorted.filter((value) => value >= fromMs && value < toMs).length);
    }
  });

  test('of equal samples is one bin', () => {
    expect(histogramOf([4, 4, 4])).toEqual([{ fromMs: 4, toMs: expect.any(Number), count: 3 }]);
  });
});
