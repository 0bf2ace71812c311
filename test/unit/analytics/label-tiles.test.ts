// Texts -> tiles that are drawn once, and drawn again where many others came between.

import { expect, test } from 'vitest';
import { LabelTiles } from '../../../agent/analytics/label-tiles.js';

const size = { width: 120, height: 27 };
const label = (text: string, level = 200) => ({ text, fontSize: 20, level });

test('black on the level, as large as it is wanted', async () => {
  const tile = Buffer.from(await new LabelTiles().tileOf(label('person 0.81'), size), 'base64');
  expect(tile).toHaveLength(120 * 27);
  expect(Math.min(...tile)).toBeLessThan(40);
  expect(Math.max(...tile)).toBe(200);
});

test('another text, level or size is another tile; signs of SVG are text', async () => {
  const tiles = new LabelTiles();
  const made = await Promise.all([
    tiles.tileOf(label('person 0.81'), size),
    tiles.tileOf(label('person 0.82'), size),
    tiles.tileOf(label('person 0.81', 180), size),
    tiles.tileOf(label('person 0.81'), { width: 121, height: 27 }),
    tiles.tileOf({ ...label('person 0.81'), fontSize: 21 }, size),
    tiles.tileOf(label('<&"> 0.81'), size),
  ]);
  expect(new Set(made).size).toBe(6);
});

test('the same comes out of what was kept, and after it has gone', async () => {
  const tiles = new LabelTiles();
  const large = { width: 1000, height: 500 };
  const first = await tiles.tileOf(label('car 0.50'), large);
  expect(await tiles.tileOf(label('car 0.50'), large)).toBe(first);
  // Each is a third of what is kept.
  for (const text of ['a', 'b', 'c', 'd']) await tiles.tileOf(label(text), large);
  expect(await tiles.tileOf(label('car 0.50'), large)).toBe(first);
});
