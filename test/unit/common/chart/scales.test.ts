// Ends -> places and round ticks, checked against figures that were worked out by hand.

import { describe, expect, test } from 'vitest';
import { bands, linear, logarithmic, niceLinear } from '../../../../agent/common/chart/scales.js';

test.each([
  ['nice above', niceLinear([0, 47], [300, 0]), [0, 10, 20, 30, 40, 50]],
  ['nice on both ends', niceLinear([33.1, 62.3], [300, 0]), [30, 35, 40, 45, 50, 55, 60, 65]],
  ['between', linear([18.3, 21.1], [0, 100]), [18.5, 19, 19.5, 20, 20.5, 21]],
  ['below one', niceLinear([0, 0.36], [300, 0]), [0, 0.1, 0.2, 0.3, 0.4]],
  ['whole powers', logarithmic([0.5, 2000], [0, 100]), [1, 10, 100, 1000]],
  ['2 and 5 in two powers', logarithmic([3, 120], [0, 100]), [5, 10, 20, 50, 100]],
  ['a value alone', linear([5, 5], [0, 100]), [5]],
])('ticks: %s', (_, { ticks }, expected) => {
  expect(ticks.map((tick) => Number(tick.toFixed(6)))).toEqual(expected);
});

test.each([
  ['0 where it begins', niceLinear([0, 47], [300, 0])(0), 300],
  ['the next round number where it ends', niceLinear([0, 47], [300, 0])(50), 0],
  ['halfway', linear([10, 20], [0, 80])(15), 40],
  ['beyond the end', linear([10, 20], [0, 80])(25), 120],
  ['the geometric mean', logarithmic([1, 100], [0, 100])(10), 50],
])('places: %s', (_, place, expected) => {
  expect(place).toBeCloseTo(expected, 9);
});

describe('bands', () => {
  const { left, width, centre } = bands(4, [100, 500], 0.2);

  test('fill what they are given, each as wide as the other', () => {
    // Four places and three gaps of a fifth: 400 / (4 - 0.2) from one to the next.
    const step = 400 / 3.8;
    expect([left(0), left(3), width]).toEqual([
      expect.closeTo(100, 9),
      expect.closeTo(100 + 3 * step, 9),
      expect.closeTo(0.8 * step, 9),
    ]);
    expect(left(3) + width).toBeCloseTo(500, 9);
  });

  test('have whole numbers in their middle', () => {
    expect(centre.ticks).toEqual([0, 1, 2, 3]);
    expect(centre(2)).toBeCloseTo(left(2) + width / 2, 9);
    expect(bands(148, [0, 1000], 0.1).centre.ticks.every(Number.isInteger)).toBe(true);
  });
});
