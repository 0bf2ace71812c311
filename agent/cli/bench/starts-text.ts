// Cold starts -> what is printed of them.

import type { BenchStart } from '../../bench/result.js';
import { aligned } from './aligned.js';
import type { Styles } from './styles.js';

const HEAD = [
  'cold start',
  'size',
  'precision',
  'optimized network',
  'load ms',
  'open ms',
  'first result ms',
  'peak MB',
  'PSS MB',
];

export function startLines(starts: readonly BenchStart[], styles: Styles): string[] {
  const megabytes = (value: number | null) => value?.toFixed(0) ?? '-';
  const rows = starts.map(
    ({ model, size, precision, kept, loadMs, openMs, firstResultMs, peakRssMB, pssMB }) => [
      ...[model, `${size}`, precision, kept ? 'kept' : 'made anew'],
      ...[loadMs, openMs, firstResultMs].map((ms) => ms.toFixed(0)),
      ...[megabytes(peakRssMB), megabytes(pssMB)],
    ],
  );
  const [head, ...lines] = aligned([HEAD, ...rows]);
  return [
    '',
    styles.bold(head!),
    ...lines,
    '',
    `load: from the start of a process to the program; open: reading and optimizing; medians of ${starts[0]!.processes} processes that do nothing else`,
  ];
}
