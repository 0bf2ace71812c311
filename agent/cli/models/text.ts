// Description of a model, rows of cells -> what the commands print.

import type { ModelDescription } from '../../../models/folder/description.js';

/** What a network of the catalogue has as well, before it is a folder. */
export type Summarised = Pick<
  ModelDescription,
  'name' | 'task' | 'input' | 'labels' | 'parameters' | 'bflops'
>;

export function summary({ name, task, input, labels, parameters, bflops }: Summarised) {
  return { name, task, input, labels, parameters, bflops };
}

export function sentence({ name, task, input, labels, parameters, bflops }: Summarised): string {
  const size = `${input.width}x${input.height}`;
  return `${name}, ${task}, ${size}, ${labels.length} classes, ${(parameters / 1e6).toFixed(2)} M parameters, ${bflops.toFixed(3)} BFLOPs`;
}

/** Columns padded to equal width. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
