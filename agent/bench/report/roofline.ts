// A network's layers on a machine's roofline -> SVG: rate over operations per byte, and the network as it was measured. Pure.

import { areaOf, axes, short } from '#common/chart/axes.js';
import { logarithmic } from '#common/chart/scales.js';
import { diamond, lineThrough } from '#common/chart/shapes.js';
import { drawingInPage, element, hint, text } from '#common/chart/svg.js';
import type { Predicted } from '../predict.js';
import type { BenchResult } from '../result.js';

const SIZE = { width: 640, height: 380 } as const;
const END = { anchor: 'end', class: 'strong' } as const;

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
  const [least, most] = [Math.min(...intensities) / 1.5, 2 * Math.max(...intensities)];
  const [lowest, highest] = [Math.min(...rates) / 1.5, 2.5 * Math.max(...rates, roof)];
  const area = areaOf(SIZE);
  const x = logarithmic([least, most], [area.left, area.right]);
  const y = logarithmic([lowest, highest], [area.bottom, area.top]);
  const from = Math.max(least, lowest / machine.bandwidthGBs);
  const slopeAt = Math.sqrt(from * ridge);
  const roofs = lineThrough([
    [x(from), y(from * machine.bandwidthGBs)],
    [x(ridge), y(roof)],
    [x(most), y(roof)],
  ]);
  const layers = points.map(({ index, kind, intensity, gops, share, bound }) => {
    const about = `layer ${index}, ${kind}: ${short(gops)} GOP/s predicted, ${(100 * share).toFixed(1)}% of the time, ${bound}`;
    const circle = {
      class: `layer ${bound}`,
      cx: x(intensity),
      cy: y(gops),
      r: 2.5 + 16 * Math.sqrt(share),
    };
    return element('circle', circle, hint(about));
  });
  const network = x(whole.intensity);
  const measured = `the network as measured: ${short(measuredGops)} GOP/s`;
  const said = `${points.length} layers beneath ${short(roof)} GOP/s and ${short(machine.bandwidthGBs)} GB/s; ${measured}`;
  const drawn = [
    axes(area, x, y, { x: 'operations per byte', y: 'billions of operations per second' }),
    element('path', { class: 'roof', d: roofs }),
    text(x(most) - 6, y(roof) - 19, `${short(roof)} GOP/s, ${row.precision}`, END),
    text(x(slopeAt) - 8, y(slopeAt * machine.bandwidthGBs) - 6, `${short(machine.bandwidthGBs)} GB/s`, END),
    ...layers,
    mark(network, y(whole.operations / 1e6 / latencyMs), 'predicted', hint('the network as predicted')),
    mark(network, y(measuredGops), 'measured', hint(measured)),
  ];
  return drawingInPage(SIZE, `roofline of ${row.model}`, drawn, said);
}

const LEGEND = [
  ['layer compute', 'layers, compute bound'],
  ['layer bandwidth', 'bandwidth bound'],
  ['layer overhead', 'bound by starting kernels'],
  ['measured', 'whole network, measured'],
  ['predicted', 'predicted'],
] as const;

/** What the marks mean. */
export function rooflineLegend(): string {
  const entries = LEGEND.map(([name, what]) => {
    const sign = name.startsWith('layer')
      ? element('circle', { class: name, cx: 6, cy: 6, r: 5 })
      : mark(6, 6, name, '', 5);
    return element('span', {}, element('svg', { viewBox: '0 0 12 12' }, sign), what);
  });
  return element('p', { class: 'legend' }, ...entries);
}

function pointsOf({ layers, works, latencyMs }: Predicted): Point[] {
  const workOf = new Map(works.map((work) => [work.index, work]));
  return layers
    .filter(({ operations, timeMs }) => operations > 0 && timeMs > 0)
    .map(({ index, kind, operations, timeMs, bound }) => ({
      index,
      kind,
      intensity: operations / bytesOf(workOf.get(index)!),
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

function mark(x: number, y: number, name: string, about: string, radius = 9): string {
  const place = `translate(${x.toFixed(2)} ${y.toFixed(2)})`;
  return element('path', { class: `mark ${name}`, transform: place, d: diamond(radius) }, about);
}
