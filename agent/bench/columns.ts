// Rows of a benchmark -> the columns of its table, on a terminal and in a report. Pure.

import { forms, isComparison } from './labels.js';
import type { BenchResult } from './result.js';

export interface Column {
  readonly name: string;
  readonly isWord: boolean;
  readonly cell: (row: BenchResult) => string;
}

const NONE = '-';
const WORDS = ['model', 'precision', 'provider', 'scenario'];

/** Without what all rows share. */
export function columnsOf(results: readonly BenchResult[]): Column[] {
  const shown = forms.filter((form) => results.some((row) => row[form] !== results[0]![form]));
  const energies: Column[] = [
    number('J/frame', ({ energy }) => energy?.joulesPerFrame, 3),
    number('fps/W', ({ energy }) => energy?.fpsPerWatt, 2),
    number('net fps/W', ({ energy }) => energy?.netFpsPerWatt, 2),
  ];
  const cameras: Column[] = [
    number('cameras', ({ multistream }) => multistream?.cameras, 0),
    number('dropped', ({ multistream }) => multistream && 100 * multistream.dropped, 1, '%'),
  ];
  const ap50s = (['persons', 'vehicles', 'all'] as const).map((of) =>
    number(`AP50 ${of}`, ({ accuracy }) => accuracy?.ap50[of], 3),
  );
  return [
    ...[...shown, 'scenario' as const].map((name) => ({
      name,
      isWord: WORDS.includes(name),
      cell: (row: BenchResult) => `${row[name]}`,
    })),
    number('fps', ({ fps }) => fps, 1),
    ...(['min', 'p50', 'p90', 'p95', 'p99'] as const).map((of) =>
      number(`${of} ms`, ({ latencyMs }) => latencyMs[of], 1),
    ),
    number('network ms', ({ networkMs }) => networkMs, 1),
    number('predicted ms', ({ predictedMs }) => predictedMs, 1),
    ...(isComparison(results) ? [number('speed', ({ ratio }) => ratio, 2, 'x')] : []),
    ...(results.some(({ multistream }) => multistream) ? cameras : []),
    ...(results.some(({ accuracy }) => accuracy) ? ap50s : []),
    ...(results.some(({ energy }) => energy !== null) ? energies : []),
  ];
}

function number(
  name: string,
  of: (row: BenchResult) => number | null | undefined,
  digits: number,
  unit = '',
): Column {
  const cell = (row: BenchResult) => {
    const value = of(row);
    return value === null || value === undefined ? NONE : `${value.toFixed(digits)}${unit}`;
  };
  return { name, isWord: false, cell };
}
