// Latencies of a row in bins -> SVG: how often each was measured, with median and 99th percentile. Pure.

import { areaOf, axes, short } from '#common/chart/axes.js';
import { linear, niceLinear } from '#common/chart/scales.js';
import { drawingInPage, element, hint, line, text } from '#common/chart/svg.js';
import type { BenchResult } from '../result.js';

const SIZE = { width: 640, height: 240 } as const;
const NOTE_WIDTH = 130;

export function histogramChart({ histogram, latencyMs, inferences, scenario }: BenchResult): string {
  const area = areaOf(SIZE);
  const { left, right, top, bottom } = area;
  const most = Math.max(...histogram.map(({ count }) => count));
  const [first, last] = [histogram[0]!, histogram.at(-1)!];
  const width = first.toMs - first.fromMs;
  // The last bin holds whatever is above, however far.
  const end = last.fromMs + width;
  const x = linear([first.fromMs, end], [left, right]);
  const y = niceLinear([0, (100 * most) / inferences], [bottom, top], 4);
  const what = scenario === 'live' ? 'milliseconds from capture to publishing' : 'milliseconds per frame';
  const bars = histogram.map(({ fromMs, toMs, count }) => {
    const barTop = y((100 * count) / inferences);
    const bar = {
      class: 'bar',
      x: x(fromMs),
      y: barTop,
      width: Math.max(0.5, x(fromMs + width) - x(fromMs) - 1),
      height: bottom - barTop,
    };
    return element('rect', bar, hint(`${short(fromMs)} to ${short(toMs)} ms: ${count} frames`));
  });
  const limits = (['p50', 'p99'] as const)
    .filter((name) => latencyMs[name] <= end)
    .flatMap((name, i) => {
      const at = x(latencyMs[name]);
      const isAtEdge = at > SIZE.width - NOTE_WIDTH;
      const note = `${name} ${latencyMs[name].toFixed(1)}`;
      return [
        line(at, top, at, bottom, { class: 'limit' }),
        text(at + (isAtEdge ? -5 : 5), top + 12 + 15 * i, note, {
          anchor: isAtEdge ? 'end' : 'start',
          class: 'strong',
        }),
      ];
    });
  const { min, p50, p99 } = latencyMs;
  return drawingInPage(
    SIZE,
    'histogram of latencies',
    [axes(area, x, y, { x: what, y: '% of frames' }), ...bars, ...limits],
    `${inferences} frames: at least ${short(min)} ms, median ${short(p50)} ms, 99th percentile ${short(p99)} ms`,
  );
}
