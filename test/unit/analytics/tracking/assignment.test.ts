// Affinities -> the assignment that trying all of them finds.

import { describe, expect, test } from 'vitest';
import { assign } from '../../../../agent/analytics/tracking/assignment.js';
import { seededRandom } from '../../../../models/networks/random.js';

const MIN = 0.2;

function sum(table: readonly number[][], pairs: readonly (readonly [number, number])[]): number {
  return pairs.reduce((total, [row, column]) => total + table[row]![column]! - MIN, 0);
}

/** The best sum of any assignment, each row with any free column or none. */
function best(table: readonly number[][], row = 0, taken: readonly number[] = []): number {
  if (row === table.length) return 0;
  const pairs = table[row]!.flatMap((affinity, column) =>
    affinity > MIN && !taken.includes(column)
      ? [affinity - MIN + best(table, row + 1, [...taken, column])]
      : [],
  );
  return Math.max(best(table, row + 1, taken), ...pairs);
}

const cases: Readonly<Record<string, [table: number[][], pairs: [number, number][]]>> = {
  'nothing and nothing': [[], []],
  'rows without columns': [[[], []], []],
  'the best for both is not the best for the first': [
    [
      [0.9, 0.8],
      [0.8, 0.1],
    ],
    [
      [0, 1],
      [1, 0],
    ],
  ],
  'one good pair is not broken up for two poor ones': [
    [
      [0.9, 0.5],
      [0.45, 0],
    ],
    [[0, 0]],
  ],
  'the least affinity is not enough': [[[MIN]], []],
  'more columns than rows': [[[0.3, 0.5, 0.4]], [[0, 1]]],
  'more rows than columns': [[[0.3], [0.5], [0.4]], [[1, 0]]],
};

describe('assign', () => {
  test.each(Object.entries(cases))('%s', (_, [table, pairs]) => {
    const columns = table[0]?.length ?? 0;
    const found = assign(table.length, columns, (row, column) => table[row]![column]!, MIN);
    expect([...found.pairs].sort()).toEqual(pairs);
    expect([...found.pairs.map(([row]) => row), ...found.freeRows].sort()).toEqual(
      table.map((_, row) => row),
    );
    expect([...found.pairs.map(([, column]) => column), ...found.freeColumns].sort()).toEqual(
      Array.from({ length: columns }, (_, column) => column),
    );
  });

  test('no assignment of 2000 random tables is better', () => {
    const random = seededRandom(7);
    for (let count = 0; count < 2000; count++) {
      const rows = 1 + Math.floor(random() * 6);
      const columns = 1 + Math.floor(random() * 6);
      const table = Array.from({ length: rows }, () =>
        Array.from({ length: columns }, () => (random() < 0.5 ? 0 : random())),
      );
      const { pairs } = assign(rows, columns, (row, column) => table[row]![column]!, MIN);
      expect(new Set(pairs.map(([, column]) => column)).size).toBe(pairs.length);
      expect(sum(table, pairs)).toBeCloseTo(best(table), 9);
    }
  });
});
