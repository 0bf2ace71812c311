// Description of a model, rows of cells -> what the commands print.

import type { ModelDescription } from '../../../models/folder/description.js';

/** What a network of the catalogue has as well, before it is a folder. */
export type Summarised = Pick<
  ModelDescription,
  'name' | 'task' | 'input' | 'labels' | 'parameters' | 'bflops' | 'precision' | 'quantization'
>;

export function summary(model: Summarised) {
  const { name, task, input, labels, parameters, bflops, precision, quantization } = model;
  return {
    name,
    task,
    input,
    labels,
    parameters,
    bflops,
    ...(precision && { precision }),
    ...(quantization && { quantization }),
  };
}

export function sentence(model: Summarised): string {
  const { name, task, input, labels, parameters, bflops, precision, quantization } = model;
  const size = `${input.width}x${input.height}`;
  const words = [
    name,
    task,
    size,
    `${labels.length} classes`,
    `${(parameters / 1e6).toFixed(2)} M parameters`,
    `${bflops.toFixed(3)} BFLOPs`,
  ];
  if (precision === 'int8') words.push(precision);
  if (quantization) words.push(`calibrated on ${quantization.pictures} pictures by ${quantization.method}`);
  return words.join(', ');
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
