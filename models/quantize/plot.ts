// Errors of layers -> SVG: a bar for each layer, in the order of the network; the shorter, the more its int8 costs.

import type { LayerError } from './sensitivity.js';

const WIDTH = 1200;
const HEIGHT = 420;
const MARGIN = { left: 60, right: 20, top: 40, bottom: 130 } as const;
const PLOT_HEIGHT = HEIGHT - MARGIN.top - MARGIN.bottom;
const LABELS = 60; // as many names as are legible below the bars
const colours = { quantized: '#1f6fb4', kept: '#d9541e' } as const;

/** @param kept names of layers that stay in floats, drawn in another colour */
export function plotErrors(title: string, errors: readonly LayerError[], kept: ReadonlySet<string>): string {
  const top = Math.max(10, Math.ceil(Math.max(...errors.map(({ sqnrDb }) => sqnrDb)) / 10) * 10);
  const pitch = (WIDTH - MARGIN.left - MARGIN.right) / errors.length;
  const y = (decibels: number) => MARGIN.top + PLOT_HEIGHT * (1 - Math.max(0, decibels) / top);
  const bottom = y(0);
  const ticks = Array.from({ length: top / 10 + 1 }, (_, i) => 10 * i);
  const every = Math.ceil(errors.length / LABELS);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(MARGIN.left, 22, `${title}: SQNR of the outputs with one layer in int8, dB`),
    ...ticks.map(
      (tick) =>
        `<path d="M${MARGIN.left} ${y(tick)}H${WIDTH - MARGIN.right}" stroke="#ddd"/>${text(MARGIN.left - 8, y(tick) + 4, `${tick}`, ' text-anchor="end"')}`,
    ),
    ...errors.map(({ name, sqnrDb }, i) => {
      const x = MARGIN.left + i * pitch;
      const colour = kept.has(name) ? colours.kept : colours.quantized;
      const bar = `<rect x="${x.toFixed(1)}" y="${y(sqnrDb).toFixed(1)}" width="${(0.8 * pitch).toFixed(1)}" height="${(bottom - y(sqnrDb)).toFixed(1)}" fill="${colour}"/>`;
      if (i % every !== 0) return bar;
      const at = `${(x + 0.6 * pitch).toFixed(1)} ${bottom + 8}`;
      return `${bar}<g transform="translate(${at}) rotate(90)">${text(0, 0, name)}</g>`;
    }),
    '</svg>\n',
  ].join('\n');
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<text x="${x}" y="${y}"${attributes}>${escaped}</text>`;
}
