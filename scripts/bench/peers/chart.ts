// Results -> SVG: a panel for each network and number of threads, a bar for each engine, fastest first.

import type { Result, ResultRow } from './result.js';

const WIDTH = 1000;
const LABELS = 340;
const FIGURES = 190;
const ROW = 22;
const PANEL_HEAD = 54;
const colours = { ours: '#d9541e', peer: '#1f6fb4', reference: '#7a7a7a' } as const;

export function resultsChart(results: readonly Result[], machine: string): string {
  const heights = results.map(({ rows }) => PANEL_HEAD + ROW * rows.length + 24);
  const tops = heights.map((_, i) => 44 + heights.slice(0, i).reduce((sum, height) => sum + height, 0));
  const height = 44 + heights.reduce((sum, one) => sum + one, 0) + 20;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    text(16, 28, `Milliseconds per frame on ${machine}: median, the mark is the least`, 'font-size="15"'),
    ...results.map((result, i) => panel(result, tops[i]!)),
    '</svg>\n',
  ].join('\n');
}

function panel({ network, size, threads, rows, roof, bflops }: Result, top: number): string {
  const longest = Math.max(...rows.map(({ medianMs }) => medianMs));
  const x = (ms: number) => LABELS + (ms / longest) * (WIDTH - LABELS - FIGURES);
  const first = top + PANEL_HEAD - 14;
  const bottom = first + ROW * rows.length;
  const limits = (['fp32', 'int8'] as const).map((precision) => {
    const at = x((1000 * bflops) / roof[precision].medianGops).toFixed(1);
    return `<path d="M${at} ${first - 4}V${bottom}" stroke="#444" stroke-dasharray="3 3"/>${text(Number(at), first - 8, `${precision} roof`, 'font-size="10" text-anchor="middle"')}`;
  });
  return [
    text(
      16,
      top + 16,
      `${network} ${size}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
      'font-weight="bold"',
    ),
    ...rows.map((row, i) => bar(row, first + ROW * i, x)),
    ...limits,
  ].join('\n');
}

function bar(row: ResultRow, y: number, x: (ms: number) => number): string {
  const isReference = row.overOpenCv?.medians === 1;
  const colour = row.isOurs ? colours.ours : isReference ? colours.reference : colours.peer;
  const end = x(row.medianMs);
  const least = x(row.minMs).toFixed(1);
  const gain = row.overOpenCv ? `, ${row.overOpenCv.medians.toFixed(2)}x OpenCV` : '';
  return [
    text(
      LABELS - 8,
      y + 13,
      row.precision === 'default' ? row.title : `${row.title}, ${row.precision}`,
      'font-size="12" text-anchor="end"',
    ),
    `<rect x="${LABELS}" y="${y + 2}" width="${(end - LABELS).toFixed(1)}" height="${ROW - 6}" fill="${colour}"/>`,
    `<path d="M${least} ${y + 2}v${ROW - 6}" stroke="#ffffff" stroke-width="2"/>`,
    text(end + 8, y + 14, `${row.medianMs.toFixed(1)} ms${gain}`, 'font-size="12"'),
  ].join('\n');
}

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped}</text>`;
}
