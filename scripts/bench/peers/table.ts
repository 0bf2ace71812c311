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
  return [heading(result), '', table([HEAD, ...result.rows.map(cells)]), '', ...notes(result), ''].join('\n');
}

export function resultMarkdown(result: Result): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const lines = [HEAD, HEAD.map(() => '-'), ...result.rows.map(cells)].map(line);
  return [`**${heading(result)}**`, '', ...lines, '', ...notes(result).map((note) => `- ${note}`), ''].join(
    '\n',
  );
}

function notes({ roof, absent }: Result): string[] {
  const of = (rate: 'medianGops' | 'bestGops') =>
    `${roof.fp32[rate].toFixed(0)} and ${roof.int8[rate].toFixed(0)}`;
  return [
    `roof, a 3x3 convolution of 256 channels in the same run, fp32 and int8: ${of('medianGops')} GOP/s, at best ${of('bestGops')}`,
    ...absent.map(({ title, because }) => `not timed: ${title}: ${because}`),
  ];
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
