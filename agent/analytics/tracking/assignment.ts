// Affinities of rows and columns -> the pairs that are best for all of them together.

import { munkres } from 'munkres';

export interface Assignment {
  readonly pairs: readonly (readonly [row: number, column: number])[];
  readonly freeRows: readonly number[];
  readonly freeColumns: readonly number[];
}

/**
 * Maximises the sum of what the affinities of its pairs have above `minAffinity`.
 * Counting from there keeps one good pair from being broken up for two that barely pass.
 *
 * @param affinity the more the better; finite
 */
export function assign(
  rows: number,
  columns: number,
  affinity: (row: number, column: number) => number,
  minAffinity: number,
): Assignment {
  const costs = Array.from({ length: rows }, () => new Float64Array(columns));
  costs.forEach((costsOfRow, row) => {
    for (let column = 0; column < columns; column++)
      costsOfRow[column] = Math.min(0, minAffinity - affinity(row, column));
  });
  // Costs of 0 are pairs that only fill the matrix.
  const pairs =
    rows > 0 && columns > 0 ? munkres(costs).filter(([row, column]) => costs[row]![column]! < 0) : [];
  const takenRows = new Set(pairs.map(([row]) => row));
  const takenColumns = new Set(pairs.map(([, column]) => column));
  return { pairs, freeRows: without(rows, takenRows), freeColumns: without(columns, takenColumns) };
}

function without(count: number, taken: ReadonlySet<number>): number[] {
  return Array.from({ length: count }, (_, index) => index).filter((index) => !taken.has(index));
}
