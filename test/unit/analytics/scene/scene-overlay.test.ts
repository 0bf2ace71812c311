// Zones and lines -> an SVG that a real renderer draws where they belong.

import sharp from 'sharp';
import { expect, test } from 'vitest';
import { sceneSvg } from '../../../../agent/analytics/scene/scene-overlay.js';
import { line, zone } from './frames.js';

const SIZE = { width: 640, height: 320 };

test.each<[name: string, x: number, y: number, colour: string]>([
  ['within the zone, see-through', 64 * 2, 32 * 8, 'a quarter'],
  ['on its edge', 64 * 1, 32 * 8, '#e69f00'],
  ['outside it', 64 * 4, 32 * 8, 'none'],
  ['on the line', 64 * 6, 32 * 5, '#56b4e9'],
  ['its arrow, which points down as the line points right', 64 * 7, 32 * 5 + 15, '#56b4e9'],
  ['no arrow the other way', 64 * 7, 32 * 5 - 15, 'none'],
  ['past the end of the line', 64 * 9, 32 * 5, 'none'],
])('%s', async (_, x, y, colour) => {
  const svg = sceneSvg(
    { yard: zone('0.1,0.7 0.3,0.7 0.3,0.95 0.1,0.95') },
    { gate: line('0.55,0.5 0.85,0.5') },
    SIZE,
  );
  const { data, info } = await sharp(Buffer.from(svg)).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([640, 320, 4]);
  const [red, green, blue, alpha] = data.subarray((y * info.width + x) * 4);
  const opaque = `#${Buffer.from([red!, green!, blue!]).toString('hex')}`;
  expect({ 0: 'none', 64: 'a quarter', 255: opaque }[alpha!]).toBe(colour);
});

test('masks are outlined, each by its kind', async () => {
  const points = [
    [0.1, 0.5],
    [0.3, 0.5],
    [0.3, 0.9],
  ] as const;
  const svg = sceneSvg({}, {}, SIZE, { privacy: [points], motion: [points, points], objects: [{ points }] });
  expect([...svg.matchAll(/<text[^>]*>(\w+ mask \d)</g)].map(([, name]) => name)).toEqual([
    'privacy mask 1',
    'motion mask 1',
    'motion mask 2',
    'object mask 1',
  ]);
  const { data, info } = await sharp(Buffer.from(svg)).raw().toBuffer({ resolveWithObject: true });
  const alphaAt = (x: number, y: number) => data[(y * info.width + x) * 4 + 3];
  expect([alphaAt(192, 220), alphaAt(160, 180)]).toEqual([255, 0]);
});

test('names at the edges stay within the picture', () => {
  const svg = sceneSvg({ 'a-long-name-of-a-zone': zone('0.9,0 1,0 1,1') }, { b: line('1,1 1,0') }, SIZE);
  const tags = [...svg.matchAll(/<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)"/g)];
  expect(tags).toHaveLength(3);
  for (const [, x, y, width, height] of tags.map((tag) => tag.map(Number))) {
    expect(Math.min(x!, y!)).toBeGreaterThanOrEqual(0);
    expect(x! + width!).toBeLessThanOrEqual(640.1);
    expect(y! + height!).toBeLessThanOrEqual(320.1);
  }
});
