// Rows with speed and accuracy -> SVG: AP50 over frames per second, and the line of those that none beats in both. Pure.

import { areaOf, axes } from '#common/chart/axes.js';
import { linear, niceLinear } from '#common/chart/scales.js';
import { lineThrough } from '#common/chart/shapes.js';
import { drawingInPage, element, hint, text } from '#common/chart/svg.js';
import type { BenchResult } from '../result.js';

const SIZE = { width: 640, height: 380 } as const;
const LETTER_WIDTH = 6.8;
const LINE_HEIGHT = 14;

export interface Point {
  readonly name: string;
  readonly fps: number;
  readonly ap50: number;
}

/** Of one scenario; rows without accuracy are left out. */
export function pointsOf(rows: readonly BenchResult[], label: (row: BenchResult) => string): Point[] {
  return rows.flatMap((row) => {
    const ap50 = row.accuracy?.ap50.all;
    return ap50 === undefined || ap50 === null ? [] : [{ name: label(row), fps: row.fps, ap50 }];
  });
}

/** Those that no other is faster and better than, the slowest first. */
export function frontOf(points: readonly Point[]): Point[] {
  return points
    .filter(
      (one) =>
        !points.some(
          (other) =>
            other.fps >= one.fps && other.ap50 >= one.ap50 && (other.fps > one.fps || other.ap50 > one.ap50),
        ),
    )
    .toSorted((a, b) => a.fps - b.fps);
}

/** @param points not empty */
export function paretoChart(points: readonly Point[]): string {
  const area = areaOf(SIZE);
  const most = Math.max(...points.map(({ fps }) => fps));
  const x = niceLinear([0, 1.1 * most], [area.left, area.right]);
  const accuracies = points.map(({ ap50 }) => 100 * ap50);
  const [least, best] = [Math.min(...accuracies), Math.max(...accuracies)];
  // Differences of a point are what matters; a single row has room around it.
  const margin = Math.max(1, 0.25 * (best - least));
  const y = linear([Math.max(0, least - margin), Math.min(100, best + margin)], [area.bottom, area.top]);
  const front = frontOf(points);
  const at = ({ fps, ap50 }: Point) => [x(fps), y(100 * ap50)] as const;
  const steps = front.flatMap((point, i) => {
    const next = front[i + 1];
    return next === undefined ? [at(point)] : [at(point), [at(point)[0], at(next)[1]] as const];
  });
  const taken: { readonly left: number; readonly right: number; readonly y: number }[] = [];
  const marks = points
    .toSorted((a, b) => b.ap50 - a.ap50)
    .flatMap((point) => {
      const [px, py] = at(point);
      const width = LETTER_WIDTH * point.name.length;
      const isLeft = px + 10 + width > SIZE.width - 4;
      const left = isLeft ? px - 10 - width : px + 10;
      // A name that would lie on another moves down.
      let labelY = py + 4;
      while (
        taken.some(
          (other) =>
            left < other.right && other.left < left + width && Math.abs(other.y - labelY) < LINE_HEIGHT,
        )
      )
        labelY += LINE_HEIGHT;
      taken.push({ left, right: left + width, y: labelY });
      const isFront = front.includes(point);
      const circle = { class: isFront ? 'point front' : 'point', cx: px, cy: py, r: 6 };
      const about = `${point.name}: ${point.fps.toFixed(1)} fps, AP50 ${(100 * point.ap50).toFixed(1)}`;
      return [
        element('circle', circle, hint(about)),
        text(isLeft ? px - 10 : px + 10, labelY, point.name, {
          anchor: isLeft ? 'end' : 'start',
          class: isFront ? 'strong' : 'name',
        }),
      ];
    });
  const said = points.map(
    ({ name, fps, ap50 }) => `${name}: ${fps.toFixed(1)} frames per second, AP50 ${(100 * ap50).toFixed(1)}`,
  );
  return drawingInPage(
    SIZE,
    'accuracy over speed',
    [
      axes(area, x, y, { x: 'frames per second', y: 'AP50, %' }),
      element('path', { class: 'front-line', d: lineThrough(steps) }),
      ...marks,
    ],
    said.join('; '),
  );
}
