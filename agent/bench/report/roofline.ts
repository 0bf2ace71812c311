// A network's layers on a machine's roofline -> SVG: rate over operations per byte, and the network as it was measured. Pure.

import type { Predicted } from '../predict.js';
import type { BenchResult } from '../result.js';
import { axes, hint, logarithmic, PLOT, type Plot, short, svg, text } from './svg.js';

const plot: Plot = { ...PLOT, height: 380 };

interface Point {
  readonly index: number;
  readonly kind: string;
  /** Operations per byte that the layer touches, whether it comes from memory or cache. */
  readonly intensity: number;
  /** Billions of operations per second. */
  readonly gops: number;
  /** Of the network's time. */
  readonly share: number;
  readonly bound: string;
}

/** @param row measured of the same network */
export function rooflineChart(row: BenchResult, predicted: Predicted): string {
  const { machine, latencyMs } = predicted;
  const points = pointsOf(predicted);
  const roof = machine.roofGops[row.precision] ?? Math.max(...points.map(({ gops }) => gops));
  const whole = wholeOf(predicted);
  const measuredGops = whole.operations / 1e6 / row.networkMs;
  const ridge = roof / machine.bandwidthGBs;
  const intensities = [...points.map(({ intensity }) => intensity), ridge, whole.intensity];
  const rates = [...points.map(({ gops }) => gops), measuredGops];
  const { left, right, top, bottom } = plot.margin;
  const x = logarithmic(Math.min(...intensities) / 1.5, Math.max(...intensities) * 2, [
    left,
    plot.width - right,
  ]);
  const [lowest, highest] = [Math.min(...rates) / 1.5, Math.max(...rates, roof) * 2.5];
  const y = logarithmic(lowest, highest, [plot.height - bottom, top]);
  const [from, to] = [
    Math.max(Math.min(...intensities) / 1.5, lowest / machine.bandwidthGBs),
    Math.max(...intensities) * 2,
  ];
  const roofs = `<path class="roof" d="M${x(from)} ${y(from * machine.bandwidthGBs)}L${x(ridge)} ${y(roof)}L${x(to)} ${y(roof)}"/>`;
  const slopeAt = Math.sqrt(from * ridge);
  return svg(plot, `roofline of ${row.model}`, [
    axes(plot, x, y, { x: 'operations per byte', y: 'billions of operations per second' }),
    roofs,
    text(x(to) - 6, y(roof) - 19, `${short(roof)} GOP/s, ${row.precision}`, 'end', 'strong'),
    text(
      x(slopeAt) - 8,
      y(slopeAt * machine.bandwidthGBs) - 6,
      `${short(machine.bandwidthGBs)} GB/s`,
      'end',
      'strong',
    ),
    ...points.map((point) => {
      const radius = (2.5 + 16 * Math.sqrt(point.share)).toFixed(1);
      const about = `layer ${point.index}, ${point.kind}: ${short(point.gops)} GOP/s predicted, ${(100 * point.share).toFixed(1)}% of the time, ${point.bound}`;
      return `<circle class="layer ${point.bound}" cx="${x(point.intensity)}" cy="${y(point.gops)}" r="${radius}">${hint(about)}</circle>`;
    }),
    mark(x(whole.intensity), y(whole.operations / 1e6 / latencyMs), 'predicted', 'the network as predicted'),
    mark(
      x(whole.intensity),
      y(measuredGops),
      'measured',
      `the network as measured: ${short(measuredGops)} GOP/s`,
    ),
  ]);
}

/** What the marks mean. */
export function rooflineLegend(): string {
  const entries = [
    ['layer compute', 'layers, compute bound'],
    ['layer bandwidth', 'bandwidth bound'],
    ['layer overhead', 'bound by starting kernels'],
  ].map(
    ([name, what]) =>
      `<span><svg viewBox="0 0 12 12"><circle class="${name}" cx="6" cy="6" r="5"/></svg>${what}</span>`,
  );
  const marks = [
    ['measured', 'whole network, measured'],
    ['predicted', 'predicted'],
  ].map(
    ([name, what]) =>
      `<span><svg viewBox="0 0 12 12"><path class="mark ${name}" d="M6 1L11 6L6 11L1 6Z"/></svg>${what}</span>`,
  );
  return `<p class="legend">${[...entries, ...marks].join('')}</p>`;
}

function pointsOf({ layers, works, latencyMs }: Predicted): Point[] {
  const works_ = new Map(works.map((work) => [work.index, work]));
  return layers
    .filter(({ operations, timeMs }) => operations > 0 && timeMs > 0)
    .map(({ index, kind, operations, timeMs, bound }) => ({
      index,
      kind,
      intensity: operations / bytesOf(works_.get(index)!),
      gops: operations / 1e6 / timeMs,
      share: timeMs / latencyMs,
      bound,
    }));
}

function wholeOf({ works }: Predicted) {
  const operations = works.reduce((sum, work) => sum + work.operations, 0);
  return { operations, intensity: operations / works.reduce((sum, work) => sum + bytesOf(work), 0) };
}

function bytesOf({ weightBytes, inputBytes, outputBytes }: Predicted['works'][number]): number {
  return inputBytes.reduce((sum, bytes) => sum + bytes, weightBytes + outputBytes);
}

function mark(x: number, y: number, name: string, about: string): string {
  return `<path class="mark ${name}" d="M${x} ${y - 9}L${x + 9} ${y}L${x} ${y + 9}L${x - 9} ${y}Z">${hint(about)}</path>`;
}
