// Moments of rows -> SVG: frame rates, clocks or temperatures over time. Pure.

import { areaOf, axes, short } from '#common/chart/axes.js';
import { linear, niceLinear } from '#common/chart/scales.js';
import { lineThrough } from '#common/chart/shapes.js';
import { drawingInPage, element } from '#common/chart/svg.js';
import type { BenchResult, Moment } from '../result.js';

const QUANTITIES = {
  fps: { of: ({ fps }: Moment) => fps, name: 'frames per second' },
  clock: { of: ({ clockMHz }: Moment) => clockMHz, name: 'MHz, mean of the cores' },
  temperature: { of: ({ temperatureC }: Moment) => temperatureC, name: '°C, hottest sensor' },
} as const;
type Quantity = keyof typeof QUANTITIES;

const SIZE = { width: 640, height: 340 } as const;

/** Series have a colour each, eight at most. */
export const COLOURS = 8;

/** @returns nothing where the machine does not tell it */
export function overTimeChart(rows: readonly BenchResult[], quantity: Quantity): string | undefined {
  const { of, name } = QUANTITIES[quantity];
  const series = rows.map(({ timeline }) =>
    timeline.flatMap((moment) => {
      const value = of(moment);
      return value === null ? [] : [[moment.seconds, value] as const];
    }),
  );
  const all = series.flat();
  if (all.length === 0) return undefined;
  const area = areaOf(SIZE);
  const x = linear([0, Math.max(...all.map(([seconds]) => seconds))], [area.left, area.right]);
  const y = niceLinear([0, 1.05 * Math.max(...all.map(([, value]) => value))], [area.bottom, area.top]);
  const values = all.map(([, value]) => value);
  const said = `${series.length} series, from ${short(Math.min(...values))} to ${short(Math.max(...values))}`;
  const drawn = [
    axes(area, x, y, { x: 'seconds', y: name }),
    ...series.map((points, i) =>
      element('path', {
        class: `line c${i % COLOURS}`,
        d: lineThrough(points.map(([seconds, value]) => [x(seconds), y(value)])),
      }),
    ),
  ];
  return drawingInPage(SIZE, `${name} over time`, drawn, said);
}
