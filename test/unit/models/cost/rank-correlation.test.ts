// Pairs -> Spearman's coefficient, against values worked out by hand.

import { expect, test } from 'vitest';
import { rankCorrelation } from '../../../../models/cost/rank-correlation.js';

test.each<[string, [number, number][], number]>([
  [
    'the same order',
    [
      [1, 10],
      [2, 100],
      [3, 1000],
    ],
    1,
  ],
  [
    'the reverse',
    [
      [1, 3],
      [2, 2],
      [3, 1],
    ],
    -1,
  ],
  // Ranks differ by 1 and 1: 1 - 6 * 2 / (4 * 15).
  [
    'two neighbours swapped',
    [
      [1, 2],
      [2, 1],
      [3, 3],
      [4, 4],
    ],
    0.8,
  ],
  // Ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3: covariance 4.5, variances 4.5 and 5.
  [
    'equals share a rank',
    [
      [1, 1],
      [2, 2],
      [2, 3],
      [4, 4],
    ],
    4.5 / Math.sqrt(22.5),
  ],
])('%s', (_, pairs, coefficient) => {
  expect(rankCorrelation(pairs)).toBeCloseTo(coefficient, 12);
});
