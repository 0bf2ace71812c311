// An area and its scales -> grid lines, numbers and names of both axes; marks and words -> a legend. Pure.

import type { Scale } from './scales.js';
import { lineThrough } from './shapes.js';
import { element, line, type Mark, type Size, text } from './svg.js';

/** Where values are drawn, in pixels of the drawing. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface AxisNames {
  readonly x?: string;
  readonly y: string;
}

/** As wide as names and numbers need. */
const MARGIN = { left: 62, right: 20, top: 16, bottom: 44 } as const;
const LETTER_WIDTH = 6.4;

/** @param head above the area, for a title or a legend */
export function areaOf({ width, height }: Size, head = 0): Area {
  return {
    left: MARGIN.left,
    right: width - MARGIN.right,
    top: MARGIN.top + head,
    bottom: height - MARGIN.bottom,
  };
}

export function axes({ left, right, top, bottom }: Area, x: Scale, y: Scale, names: AxisNames): string {
  const middle = (top + bottom) / 2;
  return [
    ...y.ticks.map((tick) => line(left, y(tick), right, y(tick), { class: 'grid' })),
    ...x.ticks.map((tick) => line(x(tick), top, x(tick), bottom, { class: 'grid' })),
    ...y.ticks.map((tick) => text(left - 8, y(tick) + 4, short(tick), { anchor: 'end' })),
    ...x.ticks.map((tick) => text(x(tick), bottom + 17, short(tick), { anchor: 'middle' })),
    element('path', {
      class: 'axis',
      d: lineThrough([
        [left, top],
        [left, bottom],
        [right, bottom],
      ]),
    }),
    names.x === undefined
      ? ''
      : text((left + right) / 2, bottom + 38, names.x, { anchor: 'middle', class: 'name' }),
    element(
      'g',
      { transform: `translate(14 ${middle}) rotate(-90)` },
      text(0, 0, names.y, { anchor: 'middle', class: 'name' }),
    ),
  ].join('');
}

/** Marks with their names in a row. @param y of the words' base line */
export function legend(x: number, y: number, entries: readonly { mark: Mark; name: string }[]): string {
  let at = x;
  return entries
    .map(({ mark, name }) => {
      const drawn = `${mark(at + 5, y - 4)}${text(at + 15, y, name)}`;
      at += 40 + LETTER_WIDTH * name.length;
      return drawn;
    })
    .join('');
}

/** As few digits as tell. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return `${Number(value.toPrecision(size >= 100 ? 4 : 3))}`;
}
