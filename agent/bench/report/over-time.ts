// Moments of rows -> SVG: frame rates, clocks or temperatures over time. Pure.

import type { BenchResult, Moment } from '../result.js';
import { axes, between, line, linear, PLOT, svg } from './svg.js';

const quantities = {
  fps: { of: ({ fps }: Moment) => fps, name: 'frames per second' },
  clock: { of: ({ clockMHz }: Moment) => clockMHz, name: 'MHz, mean of the cores' },
  temperature: { of: ({ temperatureC }: Moment) => temperatureC, name: '°C, hottest sensor' },
} as const;
type Quantity = keyof typeof quantities;

/** Series have a colour each, eight at most. */
export const COLOURS = 8;

/** @returns nothing where the machine does not tell it */
export function overTimeChart(rows: readonly BenchResult[], quantity: Quantity): string | undefined {
  const { of, name } = quantities[quantity];
  const series = rows.map(({ timeline }) =>
    timeline.flatMap((moment) => {
      const value = of(moment);
      return value === null ? [] : [[moment.seconds, value] as const];
    }),
  );
  const all = series.flat();
  if (all.length === 0) return undefined;
  const { left, right, top, bottom } = PLOT.margin;
  const x = between(0, Math.max(...all.map(([seconds]) => seconds)), [left, PLOT.width - right]);
  const y = linear(Math.max(...all.map(([, value]) => value)) * 1.05, [PLOT.height - bottom, top]);
  return svg(PLOT, `${name} over time`, [
    axes(PLOT, x, y, { x: 'seconds', y: name }),
    ...series.map((points, i) =>
      line(
        points.map(([seconds, value]) => [x(seconds), y(value)] as const),
        `line c${i % COLOURS}`,
      ),
    ),
  ]);
}
