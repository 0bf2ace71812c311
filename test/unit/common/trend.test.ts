// Series with a known slope, with noise or with none -> the slope of the tests' own statistics, and how sure it is.

import { expect, test } from 'vitest';
import { seededRandom } from '../../../models/networks/random.js';
import { mediansOf, type Point, quantile, trendOf } from '../../support/trend.js';

const series = (n: number, value: (i: number) => number): Point[] =>
  Array.from({ length: n }, (_, i) => [i, value(i)]);

test('a line has its slope, and no room beside it', () => {
  expect(trendOf(series(20, (i) => 3 + 2 * i))).toEqual({ slope: 2, low: 2, high: 2 });
});

test('the example of Gilbert 1987, 16.4.2: five slopes about their median', () => {
  const points: Point[] = [
    [1, 10],
    [2, 15],
    [3, 14],
    [4, 20],
  ];
  // 5, 2, 10/3, -1, 5/2, 6.
  expect(trendOf(points).slope).toBeCloseTo((2.5 + 10 / 3) / 2);
});

test('of 400 series of noise alone, one in twenty seems to go somewhere', () => {
  const random = seededRandom(1);
  const wrong = Array.from({ length: 400 }, () => trendOf(series(25, () => random()))).filter(
    ({ low, high }) => low > 0 || high < 0,
  ).length;
  expect(wrong / 400).toBeGreaterThan(0.02);
  expect(wrong / 400).toBeLessThan(0.09);
});

test('a leak of a quarter of the noise in each step is seen, and a few wild values hide nothing', () => {
  const random = seededRandom(2);
  const leak = series(25, (i) => (i % 9 === 4 ? 1000 * random() : random() + i / 4));
  const { low, slope } = trendOf(leak);
  expect(low).toBeGreaterThan(0.1);
  expect(slope).toBeCloseTo(0.25, 1);
});

test('values that stay the same have no slope', () => {
  expect(trendOf(series(10, () => 7))).toEqual({ slope: 0, low: 0, high: 0 });
});

test('medians of stretches, at their middle', () => {
  expect(
    mediansOf(
      series(6, (i) => [1, 9, 2, 4, 4, 5][i]!),
      3,
    ),
  ).toEqual([
    [1.5, 2],
    [4.5, 4],
  ]);
});

test.each([
  [0, 1],
  [0.5, 3],
  [0.95, 4],
  [1, 4],
])('quantile %d', (q, value) => {
  expect(quantile([1, 2, 3, 4], q)).toBe(value);
});
