// Layers of one or two networks -> SVG: BFLOPs and traffic layer by layer, as figures 7 and 8 of the paper show them.

import type { LayerDescription } from '../folder/description.js';
import { layerTraffic } from '../graph/cost.js';

export interface PlottedNetwork {
  readonly name: string;
  readonly layers: readonly LayerDescription[];
  /** Channels * height * width of the input. */
  readonly pictureValues: number;
}

const WIDTH = 1200;
const PANEL_HEIGHT = 260;
const MARGIN = { left: 70, right: 20, top: 50, between: 60, bottom: 40 } as const;
const HEIGHT = MARGIN.top + 2 * PANEL_HEIGHT + MARGIN.between + MARGIN.bottom;
const PLOT_WIDTH = WIDTH - MARGIN.left - MARGIN.right;
const colours = ['#1f6fb4', '#d9541e'] as const;

/** Layers that only hand values on; figure 7 leaves them out of its count. */
const costless: ReadonlySet<string> = new Set([
  'activation',
  'batchnorm',
  'cost',
  'dropout',
  'route',
  'sam',
  'scale_channels',
  'shortcut',
  'softmax',
]);

/** @param networks one, or two that are laid over each other */
export function plotCosts(networks: readonly PlottedNetwork[]): string {
  const series = networks.map(({ name, layers, pictureValues }) => {
    const traffic = layerTraffic(layers, pictureValues);
    const shown = layers.filter((layer) => !costless.has(layer.type));
    return {
      name,
      bflops: shown.map((layer) => layer.bflops),
      traffic: shown.map((layer) => traffic[layer.index]! / 1e6),
    };
  });
  const panels = [
    panel(
      'BFLOPs',
      series.map((one) => one.bflops),
      MARGIN.top,
    ),
    panel(
      'read and written, million values',
      series.map((one) => one.traffic),
      MARGIN.top + PANEL_HEIGHT + MARGIN.between,
    ),
  ];
  const legend = series.map(
    ({ name }, i) =>
      `<rect x="${MARGIN.left + 300 * i}" y="14" width="12" height="12" fill="${colours[i]}"/>${text(MARGIN.left + 18 + 300 * i, 25, name)}`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="13">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...legend,
    ...panels,
    text(MARGIN.left + PLOT_WIDTH / 2, HEIGHT - 8, 'layer', 'middle'),
    '</svg>',
    '',
  ].join('\n');
}

/** @param values of each network, layer by layer */
function panel(title: string, values: readonly (readonly number[])[], top: number): string {
  const peak = niceCeiling(Math.max(...values.flat()));
  const count = Math.max(...values.map((one) => one.length));
  const slot = PLOT_WIDTH / count;
  const bottom = top + PANEL_HEIGHT;
  const bars = values.flatMap((one, i) =>
    one.map((value, place) => {
      const height = (value / peak) * PANEL_HEIGHT;
      // Side by side within the slot of a layer, so that neither hides the other.
      const width = (slot / values.length) * 0.9;
      const x = MARGIN.left + place * slot + (i * slot) / values.length;
      return `<rect x="${round(x)}" y="${round(bottom - height)}" width="${round(width)}" height="${round(height)}" fill="${colours[i]}"/>`;
    }),
  );
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = round(bottom - share * PANEL_HEIGHT);
    return `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}" stroke="#cccccc"/>${text(MARGIN.left - 6, y + 4, `${round(share * peak, 4)}`, 'end')}`;
  });
  const step = niceCeiling(count / 12);
  const ticks = Array.from({ length: Math.ceil(count / step) }, (_, i) =>
    text(MARGIN.left + (i * step + 0.5) * slot, bottom + 16, `${i * step}`, 'middle'),
  );
  return [...grid, text(MARGIN.left, top - 8, title), ...bars, ...ticks].join('\n');
}

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((nice) => nice >= value * 0.999_999)!;
}

function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

function text(x: number, y: number, content: string, anchor = 'start'): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${safe}</text>`;
}
