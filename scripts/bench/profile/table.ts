// Rows of a profile -> a table, and below it what thin layers and other kernels cost.

import { table } from '../../../agent/cli/models/text.js';
import type { Row } from './kernels.js';

const HEAD = [
  'kernels',
  'number',
  'ms',
  'of the time',
  'GOP',
  'of the operations',
  'GOP/s',
  'of the roof',
  'ms beyond it',
];

/** Filters. */
const THIN = 32;

export function profileText(
  title: string,
  rows: readonly Row[],
  roofGops: number,
  markdown: boolean,
): string {
  const ms = sum(rows.map((row) => row.ms));
  const gop = sum(rows.map((row) => row.gop ?? 0));
  const cells = rows.map((row) => [
    row.what,
    `${row.kernels}`,
    row.ms.toFixed(2),
    percent(row.ms / ms),
    row.gop?.toFixed(3) ?? '',
    row.gop ? percent(row.gop / gop) : '',
    row.gop ? ((1000 * row.gop) / row.ms).toFixed(0) : '',
    row.gop ? percent((1000 * row.gop) / row.ms / roofGops) : '',
    row.beyondRoofMs.toFixed(2),
  ]);
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const others = rows.filter((row) => row.gop === undefined);
  const convolutions = rows.filter((row) => row.gop !== undefined);
  return [
    markdown ? `**${title}**` : title,
    '',
    markdown
      ? [line(HEAD), line(HEAD.map(() => '-')), ...cells.map(line)].join('\n')
      : table([HEAD, ...cells]),
    '',
    `All kernels ${ms.toFixed(1)} ms, of which ${((1000 * gop) / roofGops).toFixed(1)} ms would do at the roof of ${roofGops.toFixed(0)} GOP/s, a 3x3 convolution of 256 channels; convolutions narrower or smaller than that add ${sum(convolutions.map((row) => row.beyondRoofMs)).toFixed(1)} ms, other kernels ${sum(others.map((row) => row.ms)).toFixed(1)} ms.`,
    thinText(convolutions, ms, gop),
    '',
  ].join('\n');
}

/** @param ms @param gop of the whole network */
function thinText(convolutions: readonly Row[], ms: number, gop: number): string {
  const thin = convolutions.filter(({ filters }) => filters !== undefined && filters <= THIN);
  const of = (value: (row: Row) => number) => sum(thin.map(value));
  return `Convolutions of ${THIN} filters or fewer do ${percent(of((row) => row.gop ?? 0) / gop)} of the operations in ${percent(of((row) => row.ms) / ms)} of the time, ${of((row) => row.beyondRoofMs).toFixed(1)} ms more than at the roof.`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}
