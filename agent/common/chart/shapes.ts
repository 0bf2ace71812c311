// Points in pixels -> the `d` of paths (d3-shape). Pure.

import { area, line } from 'd3-shape';

export type Point = readonly [x: number, y: number];

interface Slice {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

// Places to a hundredth of a pixel, as everywhere.
const straight = line<Point>().digits(2);
const between = area<Slice>()
  .x(({ x }) => x)
  .y0(({ low }) => low)
  .y1(({ high }) => high)
  .digits(2);

/** Points joined by straight lines. */
export function lineThrough(points: readonly Point[]): string {
  return straight(points) ?? '';
}

/** What lies between two lines over the same places. */
export function areaBetween(slices: readonly Slice[]): string {
  return between(slices) ?? '';
}

/** A square on its corner, around 0,0. @param radius from the middle to a corner */
export function diamond(radius: number): string {
  return `${lineThrough([
    [0, -radius],
    [radius, 0],
    [0, radius],
    [-radius, 0],
  ])}Z`;
}
