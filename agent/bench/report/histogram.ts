// Latencies of a row in bins -> SVG: how often each was measured, with median and 99th percentile. Pure.

import type { BenchResult } from '../result.js';
import { axes, between, hint, linear, PLOT, type Plot, short, svg, text } from './svg.js';

const plot: Plot = { ...PLOT, height: 240 };

export function histogramChart({ histogram, latencyMs, inferences, scenario }: BenchResult): string {
  const { left, right, top, bottom } = plot.margin;
  const most = Math.max(...histogram.map(({ count }) => count));
  const [first, last] = [histogram[0]!, histogram.at(-1)!];
  const width = first.toMs - first.fromMs;
  // The last bin holds whatever is above, however far.
  const end = last.fromMs + width;
  const x = between(first.fromMs, end, [left, plot.width - right]);
  const y = linear((100 * most) / inferences, [plot.height - bottom, top], 4);
  const base = plot.height - bottom;
  const what = scenario === 'live' ? 'milliseconds from capture to publishing' : 'milliseconds per frame';
  return svg(plot, 'histogram of latencies', [
    axes(plot, x, y, { x: what, y: '% of frames' }),
    ...histogram.map(({ fromMs, toMs, count }) => {
      const height = y((100 * count) / inferences);
      const about = `${short(fromMs)} to ${short(toMs)} ms: ${count} frames`;
      return `<rect class="bar" x="${x(fromMs)}" y="${height}" width="${Math.max(0.5, x(fromMs + width) - x(fromMs) - 1).toFixed(1)}" height="${(base - height).toFixed(1)}">${hint(about)}</rect>`;
    }),
    ...(['p50', 'p99'] as const)
      .filter((name) => latencyMs[name] <= end)
      .map((name, i) => {
        const at = x(latencyMs[name]);
        const anchor = at > plot.width - 130 ? 'end' : 'start';
        return `<path class="limit" d="M${at} ${top}V${base}"/>${text(at + (anchor === 'start' ? 5 : -5), top + 12 + 15 * i, `${name} ${latencyMs[name].toFixed(1)}`, anchor, 'strong')}`;
      }),
  ]);
}
