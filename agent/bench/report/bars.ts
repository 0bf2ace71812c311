// Rows of one or two figures -> SVG: horizontal bars with their values. Pure.

import { hint, linear, svg, text } from './svg.js';

export interface BarRow {
  readonly label: string;
  readonly bars: readonly { readonly name: string; readonly value: number; readonly note: string }[];
}

const WIDTH = 640;
const BAR = 15;
const GAP = 3;
const LABEL = 19;
const NOTE = 150;

/** @param unit of all values */
export function barChart(title: string, rows: readonly BarRow[], unit: string): string {
  const most = Math.max(...rows.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const x = linear(most, [2, WIDTH - NOTE]);
  const parts: string[] = [];
  let y = 0;
  for (const { label, bars } of rows) {
    parts.push(text(2, y + 13, label, 'start', 'label'));
    y += LABEL;
    for (const { name, value, note } of bars) {
      const end = Math.max(1, x(value) - 2);
      parts.push(
        `<rect class="${name}" x="2" y="${y}" width="${end}" height="${BAR}" rx="2">${hint(`${label}: ${value} ${unit}`)}</rect>`,
        text(end + 9, y + 12, note),
      );
      y += BAR + GAP;
    }
    y += 9;
  }
  return svg({ width: WIDTH, height: y }, title, parts);
}
