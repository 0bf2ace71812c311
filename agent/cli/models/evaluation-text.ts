// Average precision -> a table to read.

import type { Evaluation } from '../../../models/evaluate/coco.js';
import type { ModelDescription } from '../../../models/folder/description.js';

/** Classes with the most boxes first, then vehicles of any kind as one, then the mean of all classes. */
export function evaluationText(
  evaluation: Evaluation,
  { name, input }: Pick<ModelDescription, 'name' | 'input'>,
): string {
  const rows = Object.entries(evaluation.perClass)
    .sort(([, a], [, b]) => b.truths - a.truths)
    .map(([name, { truths, ap, ap50, ap75 }]) => [name, `${truths}`, ...[ap, ap50, ap75].map(figure)]);
  const { vehicles } = evaluation;
  if (vehicles)
    rows.push(['vehicles, pooled', '', ...[vehicles.ap, vehicles.ap50, vehicles.ap75].map(figure)]);
  rows.push(['all', '', ...[evaluation.ap, evaluation.ap50, evaluation.ap75].map(figure)]);
  const table = [['class', 'boxes', 'AP', 'AP50', 'AP75'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  const sizes = [evaluation.apSmall, evaluation.apMedium, evaluation.apLarge].map(figure);
  return [
    `${name} on ${evaluation.images} pictures, ${input.resize.kind === 'stretch' ? 'stretched' : 'letterboxed'}`,
    '',
    ...lines.map((line) => line.trimEnd()),
    '',
    `AP by size: small ${sizes[0]}, medium ${sizes[1]}, large ${sizes[2]}`,
  ].join('\n');
}

function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}
