// Predicted and measured times of networks -> SVG: one over the other, and below it their ratio.

import { areaOf, axes, legend } from '#common/chart/axes.js';
import { logarithmic } from '#common/chart/scales.js';
import { areaBetween } from '#common/chart/shapes.js';
import { dot, drawingFile, element, line, square, text } from '#common/chart/svg.js';
import { PALETTE } from '#common/palette.js';
import { agreementOf } from './agreement.js';

export interface AgreementRow {
  readonly network: string;
  readonly precision: 'fp32' | 'int8';
  readonly threads: number;
  readonly predictedMs: number;
  readonly measuredMs: number;
}

const SIZE = { width: 860, height: 780 } as const;
const HEAD = 44;
const TIMES = { ...areaOf(SIZE, HEAD), bottom: 530 } as const;
const RATIOS = areaOf(SIZE, 560);
/** What is drawn of the ratio, on either side of 1. */
const WIDEST = 2;
const RATIO_TICKS = [0.5, 0.75, 1, 1.5, 2] as const;
/** The band that predictions are meant to be in; those far beyond are named. */
const BAND = 0.15;
const FAR = 1.5;
const BAND_COLOUR = '#e6efe9';
const GROUPS = [
  { precision: 'fp32', threads: 1, colour: PALETTE.blue },
  { precision: 'fp32', threads: 2, colour: PALETTE.skyBlue },
  { precision: 'int8', threads: 1, colour: PALETTE.vermillion },
  { precision: 'int8', threads: 2, colour: PALETTE.orange },
] as const;

/** @param rows two or more; ratios beyond a half and two are drawn at the edge */
export function plotAgreement(rows: readonly AgreementRow[]): string {
  const times = rows.flatMap(({ predictedMs, measuredMs }) => [predictedMs, measuredMs]);
  const ends = [Math.min(...times) / 1.15, 1.15 * Math.max(...times)] as const;
  const x = logarithmic(ends, [TIMES.left, TIMES.right]);
  const y = logarithmic(ends, [TIMES.bottom, TIMES.top]);
  const ofRatios = logarithmic([1 / WIDEST, WIDEST], [RATIOS.bottom, RATIOS.top]);
  const ratioY = Object.assign((ratio: number) => ofRatios(Math.min(WIDEST, Math.max(1 / WIDEST, ratio))), {
    ticks: RATIO_TICKS,
  });
  const { medianError, rankCorrelation } = agreementOf(rows);
  const points = GROUPS.flatMap(({ precision, threads, colour }) =>
    rows
      .filter((row) => row.precision === precision && row.threads === threads)
      .flatMap(({ predictedMs, measuredMs }) => [
        dot(colour, 0.75)(x(measuredMs), y(predictedMs)),
        dot(colour, 0.75)(x(measuredMs), ratioY(predictedMs / measuredMs)),
      ]),
  );
  // Once for each network, not for each thread count.
  const names = rows
    .filter(({ threads }) => threads === 1)
    .filter(({ predictedMs, measuredMs }) => Math.abs(Math.log(predictedMs / measuredMs)) > Math.log(FAR))
    .map(({ network, predictedMs, measuredMs }) =>
      text(x(measuredMs) + 7, y(predictedMs) + 4, network, { class: 'small' }),
    );
  const band = (scale: (value: number) => number, of: (ms: number) => number, [least, most] = ends) =>
    // Wider than the plot, which cuts it.
    areaBetween(
      [least / 2, 2 * most].map((ms) => ({
        x: x(ms),
        low: scale(of(ms) * (1 - BAND)),
        high: scale(of(ms) * (1 + BAND)),
      })),
    );
  const clips = [TIMES, RATIOS].map(({ left, right, top, bottom }) =>
    element('rect', { x: left, y: top, width: right - left, height: bottom - top }),
  );
  const count = `${rows.length} runs, median error ${(100 * medianError).toFixed(1)}%`;
  const correlation = `rank correlation ${rankCorrelation.toFixed(4)}`;
  return drawingFile(SIZE, [
    text(TIMES.left, 24, 'Latency of networks held out from the fit, predicted over measured', {
      class: 'title',
    }),
    legend(TIMES.left, 47, [
      ...GROUPS.map(({ precision, threads, colour }) => ({
        mark: dot(colour),
        name: `${precision}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
      })),
      { mark: square(BAND_COLOUR), name: `within ${100 * BAND}%` },
    ]),
    element('clipPath', { id: 'plots' }, ...clips),
    element(
      'g',
      { 'clip-path': 'url(#plots)', fill: BAND_COLOUR },
      element('path', { d: band(y, (ms) => ms) }),
      element('path', { d: band(ratioY, () => 1) }),
    ),
    axes(TIMES, x, y, { y: 'predicted, ms' }),
    axes(RATIOS, x, ratioY, { x: 'measured, ms', y: 'predicted by measured' }),
    line(TIMES.left, TIMES.bottom, TIMES.right, TIMES.top, { stroke: PALETTE.bluishGreen }),
    line(RATIOS.left, ratioY(1), RATIOS.right, ratioY(1), { stroke: PALETTE.bluishGreen }),
    ...points,
    ...names,
    element('rect', { x: TIMES.left + 8, y: TIMES.top + 6, width: 190, height: 42, fill: '#ffffff' }),
    text(TIMES.left + 14, TIMES.top + 22, count),
    text(TIMES.left + 14, TIMES.top + 40, correlation),
  ]);
}
