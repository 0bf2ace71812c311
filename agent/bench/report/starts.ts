// Cold starts -> a card: what each step takes, as bars in a row, and a table with memory. Pure.

import type { BenchStart } from '../result.js';
import { barChart } from './bars.js';
import { card, type TableColumn, tableOf } from './card.js';

export function startsCard(starts: readonly BenchStart[]): string {
  const rows = starts.map((start) => {
    const total = totalMs(start);
    return {
      label: `${start.model} ${start.size} ${start.precision}, ${start.kept ? 'optimized network kept' : 'optimized anew'}`,
      bars: [
        { name: start.kept ? 'measured-bar' : 'predicted-bar', value: total, note: `${total.toFixed(0)} ms` },
      ],
    };
  });
  return card(
    'Cold start',
    `From the start of a process to the boxes of its first frame; medians of ${starts[0]!.processes} processes that do nothing else. Files are in the cache of the disk.`,
    `<div class="beside">${barChart('cold start to the first result', rows, 'ms')}${tableOf('cold starts', COLUMNS, starts)}</div>`,
  );
}

function totalMs({ loadMs, openMs, firstResultMs }: BenchStart): number {
  return Math.round(loadMs + openMs + firstResultMs);
}

const megabytes = (value: number | null) => value?.toFixed(0) ?? '-';

const COLUMNS: readonly TableColumn<BenchStart>[] = [
  { name: 'network', isWord: true, cell: ({ precision, kept }) => `${precision}, ${kept ? 'kept' : 'anew'}` },
  { name: 'load ms', isWord: false, cell: ({ loadMs }) => loadMs.toFixed(0) },
  { name: 'open ms', isWord: false, cell: ({ openMs }) => openMs.toFixed(0) },
  { name: 'first ms', isWord: false, cell: ({ firstResultMs }) => firstResultMs.toFixed(0) },
  { name: 'peak MB', isWord: false, cell: ({ peakRssMB }) => megabytes(peakRssMB) },
  { name: 'PSS MB', isWord: false, cell: ({ pssMB }) => megabytes(pssMB) },
];
