// Rows of one or two figures -> SVG: horizontal bars with their values. Pure.

import { niceLinear } from '#common/chart/scales.js';
import { drawingInPage, element, hint, text } from '#common/chart/svg.js';

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
  const length = niceLinear([0, most], [0, WIDTH - NOTE - 2]);
  const parts: string[] = [];
  let y = 0;
  for (const { label, bars } of rows) {
    parts.push(text(2, y + 13, label, { class: 'label' }));
    y += LABEL;
    for (const { name, value, note } of bars) {
      const width = Math.max(1, length(value));
      const bar = { class: name, x: 2, y, width, height: BAR, rx: 2 };
      parts.push(element('rect', bar, hint(`${label}: ${value} ${unit}`)), text(2 + width + 7, y + 12, note));
      y += BAR + GAP;
    }
    y += 9;
  }
  const said = rows.map(({ label, bars }) => `${label}: ${bars.map(({ note }) => note).join(', ')}`);
  return drawingInPage({ width: WIDTH, height: y }, title, parts, said.join('; '));
}
