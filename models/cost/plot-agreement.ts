// Predicted and measured times of networks -> SVG: one over the other, and below it their ratio.

import { agreementOf } from './agreement.js';
import { round, text } from './svg.js';

export interface AgreementRow {
  readonly network: string;
  readonly precision: 'fp32' | 'int8';
  readonly threads: number;
  readonly predictedMs: number;
  readonly measuredMs: number;
}

const SIZE = { width: 860, left: 70, right: 30 } as const;
const TIMES = { top: 70, bottom: 530 } as const;
const RATIOS = { top: 580, bottom: 730 } as const;
const HEIGHT = 780;
/** What is drawn of the ratio, on either side of 1. */
const WIDEST = 2;
/** The band that predictions are meant to be in; those far beyond are named. */
const BAND = 0.15;
const FAR = 1.5;
const groups = [
  { precision: 'fp32', threads: 1, colour: '#1f6fb4' },
  { precision: 'fp32', threads: 2, colour: '#74add1' },
  { precision: 'int8', threads: 1, colour: '#d9541e' },
  { precision: 'int8', threads: 2, colour: '#f4a261' },
] as const;

/** @param rows two or more; ratios beyond a half and two are drawn at the edge */
export function plotAgreement(rows: readonly AgreementRow[]): string {
  const times = rows.flatMap(({ predictedMs, measuredMs }) => [predictedMs, measuredMs]);
  const low = Math.log(Math.min(...times) / 1.15);
  const high = Math.log(Math.max(...times) * 1.15);
  const place = (from: number, to: number) => (ms: number) =>
    from + ((Math.log(ms) - low) / (high - low)) * (to - from);
  const x = place(SIZE.left, SIZE.width - SIZE.right);
  const y = place(TIMES.bottom, TIMES.top);
  const middle = (RATIOS.top + RATIOS.bottom) / 2;
  const ratioY = (ratio: number) => {
    const shown = Math.min(WIDEST, Math.max(1 / WIDEST, ratio));
    return middle - (Math.log2(shown) / Math.log2(WIDEST)) * ((RATIOS.bottom - RATIOS.top) / 2);
  };
  const [least, most] = [Math.exp(low), Math.exp(high)];
  const { medianError, rankCorrelation } = agreementOf(rows);
  const points = groups.flatMap(({ precision, threads, colour }) =>
    rows
      .filter((row) => row.precision === precision && row.threads === threads)
      .flatMap(({ predictedMs, measuredMs }) => [
        dot(x(measuredMs), y(predictedMs), colour),
        dot(x(measuredMs), ratioY(predictedMs / measuredMs), colour),
      ]),
  );
  // Wider than the plot, which cuts it.
  const band = [
    ...[least / 2, 2 * most].map((ms) => [x(ms), y(ms * (1 + BAND))]),
    ...[2 * most, least / 2].map((ms) => [x(ms), y(ms * (1 - BAND))]),
  ];
  // Once for each network, not for each thread count.
  const names = rows
    .filter(({ threads }) => threads === 1)
    .filter(({ predictedMs, measuredMs }) => Math.abs(Math.log(predictedMs / measuredMs)) > Math.log(FAR))
    .map(({ network, predictedMs, measuredMs }) =>
      text(x(measuredMs) + 7, y(predictedMs) + 4, network, 'start', 10),
    );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${HEIGHT}" width="${SIZE.width}" height="${HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    text(SIZE.left, 24, 'Latency of networks held out from the fit, predicted over measured', 'start', 15),
    ...legend(),
    `<clipPath id="times"><rect x="${SIZE.left}" y="${TIMES.top}" width="${SIZE.width - SIZE.left - SIZE.right}" height="${TIMES.bottom - TIMES.top}"/></clipPath>`,
    `<polygon clip-path="url(#times)" points="${band.map((point) => point.map(round).join(',')).join(' ')}" fill="#eef3e6"/>`,
    `<rect x="${SIZE.left}" y="${round(ratioY(1 + BAND))}" width="${SIZE.width - SIZE.left - SIZE.right}" height="${round(ratioY(1 - BAND) - ratioY(1 + BAND))}" fill="#eef3e6"/>`,
    ...grid(x, y, ratioY, least, most),
    line(x(least), y(least), x(most), y(most), '#6b8e23'),
    line(SIZE.left, middle, SIZE.width - SIZE.right, middle, '#6b8e23'),
    ...points,
    ...names,
    `<rect x="${SIZE.left + 8}" y="${TIMES.top + 4}" width="186" height="40" fill="#ffffff"/>`,
    text(
      SIZE.left + 14,
      TIMES.top + 18,
      `${rows.length} runs, median error ${(100 * medianError).toFixed(1)}%`,
    ),
    text(SIZE.left + 14, TIMES.top + 36, `rank correlation ${rankCorrelation.toFixed(4)}`),
    text((SIZE.left + SIZE.width - SIZE.right) / 2, HEIGHT - 10, 'measured, ms', 'middle'),
    text(SIZE.left - 50, TIMES.top - 10, 'predicted, ms'),
    text(SIZE.left - 50, RATIOS.top - 12, 'predicted by measured'),
    '</svg>',
    '',
  ].join('\n');
}

type Place = (value: number) => number;

function grid(x: Place, y: Place, ratioY: Place, least: number, most: number): string[] {
  const ticks = [-1, 0, 1, 2, 3]
    .flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power))
    .filter((tick) => tick >= least && tick <= most);
  const right = SIZE.width - SIZE.right;
  return [
    ...ticks.flatMap((tick) => [
      line(x(tick), TIMES.top, x(tick), TIMES.bottom),
      line(x(tick), RATIOS.top, x(tick), RATIOS.bottom),
      line(SIZE.left, y(tick), right, y(tick)),
      text(x(tick), RATIOS.bottom + 18, `${round(tick)}`, 'middle'),
      text(SIZE.left - 8, y(tick) + 4, `${round(tick)}`, 'end'),
    ]),
    ...[0.5, 0.75, 1, 1.5, 2].flatMap((ratio) => [
      line(SIZE.left, ratioY(ratio), right, ratioY(ratio)),
      text(SIZE.left - 8, ratioY(ratio) + 4, `${ratio}`, 'end'),
    ]),
  ];
}

function legend(): string[] {
  const names = groups.flatMap(({ precision, threads, colour }, i) => [
    dot(SIZE.left + 5 + 130 * i, 43, colour),
    text(SIZE.left + 15 + 130 * i, 47, `${precision}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`),
  ]);
  const at = SIZE.left + 130 * groups.length;
  return [
    ...names,
    `<rect x="${at}" y="37" width="14" height="12" fill="#dfe8cf"/>`,
    text(at + 20, 47, `within ${100 * BAND}%`),
  ];
}

function dot(x: number, y: number, colour: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="3.5" fill="${colour}" fill-opacity="0.75"/>`;
}

function line(x1: number, y1: number, x2: number, y2: number, colour = '#dddddd'): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"/>`;
}
