// A result -> text for a terminal, or Markdown.

import { table } from '../../../agent/cli/models/text.js';
import type { Result, ResultRow } from './result.js';
import type { Gain } from './statistics.js';

const HEAD = [
  'engine',
  'precision',
  'median ms',
  'least ms',
  'over OpenCV (of minima)',
  'ours is faster by (of minima)',
  'of the roof (of minima)',
  'off by, rms',
];

export function resultText(result: Result): string {
  const { roof, absent } = result;
  return [
    heading(result),
    '',
    table([HEAD, ...result.rows.map(cells)]),
    '',
    `roof, a 3x3 convolution of 256 channels in the same run: ${gops(roof.fp32.medianGops)} GFLOP/s in fp32, ${gops(roof.int8.medianGops)} GOP/s in int8 (at best ${gops(roof.fp32.bestGops)} and ${gops(roof.int8.bestGops)})`,
    ...absent.map(({ title, because }) => `not timed: ${title}: ${because}`),
    '',
  ].join('\n');
}

export function resultMarkdown(result: Result): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  return [
    `**${heading(result)}**`,
    '',
    line(HEAD),
    line(HEAD.map(() => '-')),
    ...result.rows.map((row) => line(cells(row))),
    '',
  ].join('\n');
}

function heading({ network, size, threads, rounds, secondsPerTurn, load, stolen }: Result): string {
  return `${network} ${size}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${rounds} rounds of ${secondsPerTurn} s each, load ${load[0].toFixed(1)} before and ${load[1].toFixed(1)} after, ${percent(stolen)} of the processors stolen`;
}

function cells(row: ResultRow): string[] {
  return [
    row.title,
    row.precision,
    row.medianMs.toFixed(1),
    row.minMs.toFixed(1),
    pair(row.overOpenCv, times),
    pair(row.oursOver, times),
    pair(row.roofShare, percent),
    row.difference.rms.toExponential(0),
  ];
}

function pair(gain: Gain | undefined, show: (value: number) => string): string {
  return gain ? `${show(gain.medians)} (${show(gain.minima)})` : '';
}

function times(value: number): string {
  return `${value.toFixed(2)}x`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}

function gops(value: number): string {
  return value.toFixed(0);
}
