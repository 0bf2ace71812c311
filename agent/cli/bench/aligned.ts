// Rows of cells -> lines of a table, numbers to the right.

import { table } from '../models/text.js';

/** Words to the left, numbers to the right; lines of a table. @param words columns of words at the start */
export function aligned(rows: readonly (readonly string[])[], words = 0): string[] {
  const isNumbers = rows[0]!.map(
    (_, column) => column >= words && rows.slice(1).every((row) => /^[-+]?[\d.]*[x%]?$/.test(row[column]!)),
  );
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return table(
    rows.map((row) => row.map((cell, column) => (isNumbers[column] ? cell.padStart(widths[column]!) : cell))),
  ).split('\n');
}
