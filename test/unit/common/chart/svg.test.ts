// Names, places and words -> elements that an XML parser would take back.

import sharp from 'sharp';
import { expect, test } from 'vitest';
import { axes, short } from '../../../../agent/common/chart/axes.js';
import { linear } from '../../../../agent/common/chart/scales.js';
import { areaBetween, diamond, lineThrough } from '../../../../agent/common/chart/shapes.js';
import { drawingFile, element, text } from '../../../../agent/common/chart/svg.js';
import { PALETTE, paletteColour } from '../../../../agent/common/palette.js';

test.each([
  ['numbers are rounded', element('rect', { x: 1.23456, y: 2 }), '<rect x="1.23" y="2"/>'],
  ['what is undefined is left out', element('g', { id: undefined }, 'a'), '<g>a</g>'],
  ['attributes are escaped', element('g', { id: '"><b' }), '<g id="&#34;&#62;&#60;b"/>'],
  ['words are escaped', text(0, 0, '<b>&'), '<text x="0" y="0">&#60;b&#62;&#38;</text>'],
  [
    'a line',
    lineThrough([
      [0, 1],
      [2.345, 3],
    ]),
    'M0,1L2.35,3',
  ],
  [
    'an area',
    areaBetween([
      { x: 0, low: 5, high: 1 },
      { x: 4, low: 6, high: 2 },
    ]),
    'M0,1L4,2L4,6L0,5Z',
  ],
  ['a diamond', diamond(5), 'M0,-5L5,0L0,5L-5,0Z'],
])('%s', (_, drawn, expected) => {
  expect(drawn).toBe(expected);
});

test.each([
  [0, '0'],
  [0.1 + 0.2, '0.3'],
  [123.456, '123.5'],
  [45_600, '45.6k'],
])('%d in as few digits as tell', (value, expected) => {
  expect(short(value)).toBe(expected);
});

test('a picture with axes has its colours where they belong', async () => {
  const area = { left: 40, right: 140, top: 10, bottom: 110 };
  const [x, y] = [linear([0, 10], [40, 140]), linear([0, 10], [110, 10])];
  const square = element('rect', { x: x(2), y: y(6), width: 20, height: 20, fill: PALETTE.vermillion });
  const svg = drawingFile({ width: 160, height: 150 }, [axes(area, x, y, { x: 'x', y: 'y' }), square]);
  const { data } = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const colour = (left: number, top: number) => [...data.subarray(3 * (160 * top + left)).subarray(0, 3)];
  expect(colour(70, 60)).toEqual([0xd5, 0x5e, 0]);
  expect(colour(150, 5)).toEqual([255, 255, 255]);
  // The axis, a pixel wide between two, darker than the grid.
  expect(colour(40, 40)[0]).toBeLessThan(colour(100, 80)[0]! - 20);
});

test('seven colours, dealt out again after them', () => {
  expect(new Set(Object.values(PALETTE)).size).toBe(7);
  expect([paletteColour(0), paletteColour(7), paletteColour(8)]).toEqual([
    PALETTE.orange,
    PALETTE.orange,
    PALETTE.skyBlue,
  ]);
});
