// Results -> SVG: a panel for each network and number of threads, a bar for each engine, fastest first.

import { linear, type Scale } from '#common/chart/scales.js';
import { drawingFile, element, line, text } from '#common/chart/svg.js';
import { PALETTE } from '#common/palette.js';
import type { Result, ResultRow } from './result.js';

const WIDTH = 1000;
const LABELS = 340;
const FIGURES = 190;
const ROW = 22;
const HEAD = 44;
const PANEL_HEAD = 54;
const COLOURS = { ours: PALETTE.vermillion, peer: PALETTE.blue, reference: '#7a7a7a' } as const;

export function resultsChart(results: readonly Result[], machine: string): string {
  const heights = results.map(({ rows }) => PANEL_HEAD + ROW * rows.length + 24);
  const topOf = (panel: number) => heights.slice(0, panel).reduce((sum, height) => sum + height, HEAD);
  const title = `Milliseconds per frame on ${machine}: median, the mark is the least`;
  return drawingFile({ width: WIDTH, height: topOf(results.length) + 20 }, [
    text(16, 28, title, { class: 'title' }),
    ...results.map((result, i) => panel(result, topOf(i))),
  ]);
}

function panel({ network, size, threads, rows, roof, bflops }: Result, top: number): string {
  const longest = Math.max(...rows.map(({ medianMs }) => medianMs));
  const x = linear([0, longest], [LABELS, WIDTH - FIGURES]);
  const first = top + PANEL_HEAD - 14;
  const bottom = first + ROW * rows.length;
  const limits = (['fp32', 'int8'] as const).flatMap((precision) => {
    const at = x((1000 * bflops) / roof[precision].medianGops);
    return [
      line(at, first - 4, at, bottom, { stroke: '#444444', 'stroke-dasharray': '3 3' }),
      text(at, first - 8, `${precision} roof`, { anchor: 'middle', class: 'small' }),
    ];
  });
  const heading = `${network} ${size}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return [
    text(16, top + 16, heading, { class: 'strong' }),
    ...rows.map((row, i) => bar(row, first + ROW * i, x)),
    ...limits,
  ].join('\n');
}

function bar(row: ResultRow, y: number, x: Scale): string {
  const isReference = row.overOpenCv?.medians === 1;
  const fill = row.isOurs ? COLOURS.ours : isReference ? COLOURS.reference : COLOURS.peer;
  const [end, least] = [x(row.medianMs), x(row.minMs)];
  const gain = row.overOpenCv ? `, ${row.overOpenCv.medians.toFixed(2)}x OpenCV` : '';
  const label = row.precision === 'default' ? row.title : `${row.title}, ${row.precision}`;
  return [
    text(LABELS - 8, y + 13, label, { anchor: 'end' }),
    element('rect', { x: LABELS, y: y + 2, width: end - LABELS, height: ROW - 6, fill }),
    line(least, y + 2, least, y + ROW - 4, { stroke: '#ffffff', 'stroke-width': 2 }),
    text(end + 8, y + 14, `${row.medianMs.toFixed(1)} ms${gain}`),
  ].join('\n');
}
