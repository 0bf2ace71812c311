// Layers -> bars whose heights are their costs.

import { expect, test } from 'vitest';
import type { LayerDescription } from '../../../../models/folder/description.js';
import { plotCosts } from '../../../../models/networks/plot.js';

const layer = (index: number, type: string, bflops: number): LayerDescription => ({
  index,
  type,
  inputs: [index - 1],
  output: [4, 8, 8],
  parameters: 0,
  bflops,
});
const network = (name: string, ...costs: readonly (readonly [string, number])[]) => ({
  name,
  layers: costs.map(([type, bflops], index) => layer(index, type, bflops)),
  pictureValues: 3 * 8 * 8,
});

/** Heights of the bars of a colour, in the order drawn: the first panel's, then the second's. */
function bars(svg: string, colour: string): number[] {
  const rects = [
    ...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)" fill="(#\w+)"\/>/g),
  ];
  // The first of a colour is its place in the legend.
  return rects
    .filter(([, , fill]) => fill === colour)
    .map(([, height]) => Number(height))
    .slice(1);
}

test('heights are in proportion, layers without cost are left out', () => {
  const svg = plotCosts([
    network('a', ['convolutional', 0.5], ['route', 0], ['convolutional', 1], ['maxpool', 0.25]),
  ]);
  const [first, second, pool, ...traffic] = bars(svg, '#0072b2');
  expect([first! / second!, pool! / second!]).toEqual([0.5, 0.25]);
  // Read and written: 3 and 4, then 4 and 4 channels.
  expect(traffic.length).toBe(3);
  expect(traffic[0]! / traffic[1]!).toBeCloseTo(7 / 8, 3);
});

test('two networks share one scale', () => {
  const svg = plotCosts([network('a', ['convolutional', 0.2]), network('b', ['convolutional', 0.8])]);
  expect(bars(svg, '#0072b2')[0]! / bars(svg, '#d55e00')[0]!).toBeCloseTo(0.25, 3);
});

test('names cannot break out of the drawing', () => {
  expect(plotCosts([network('<script>&', ['convolutional', 1])])).toContain('&#60;script&#62;&#38;');
});
