// Polygons -> the pixels that they cover, against areas clipped pixel by pixel; what is painted, and what is not.

import { expect, test } from 'vitest';
import { coveredPixels, type Polygon, PrivacyPaint } from '../../../pipelines/masks.js';
import { nearPixels, starOf } from '../../support/polygons.js';

const whole: Polygon = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];
const hair: Polygon = [
  [0.1, 0.2],
  [0.9, 0.701],
  [0.1, 0.201],
];
const level: Polygon = [
  [0.2, 0.4],
  [0.7, 0.4],
  [0.7, 0.40001],
];

test.each<[string, readonly Polygon[]]>([
  ['none', []],
  ['the whole picture', [whole]],
  ['a triangle thinner than a pixel', [hair]],
  ['one that is almost a line', [level]],
  [
    'within less than a pixel',
    [
      [
        [0.501, 0.501],
        [0.502, 0.501],
        [0.502, 0.502],
      ],
    ],
  ],
  ['two that overlap', [starOf(7, 1), starOf(12, 2)]],
  ...Array.from({ length: 20 }, (_, i) => [`star ${i}`, [starOf(3 + i * 3, 10 + i)]] as [string, Polygon[]]),
])('%s', (_, polygons) => {
  for (const [width, height, reach] of [
    [64, 36, 0.5],
    [37, 53, 2],
    [5, 90, 2],
    [1, 1, 0.5],
  ] as const) {
    const size = { width, height };
    const found = coveredPixels(polygons, size, { x: reach, y: reach });
    expect(found).toEqual(nearPixels(polygons, size, reach));
  }
});

const BRIGHT = 200;

/** One plane of a picture within a larger buffer -> which of its bytes were painted. */
function painted(
  paint: PrivacyPaint,
  { stride, content }: Parameters<PrivacyPaint['paint']>[1],
  rows: number,
  source = content as { width: number; height: number },
): Uint8Array {
  const planes = [0, 1, 2].map(() => new Uint8Array(stride * rows).fill(BRIGHT));
  paint.paint(planes, { stride, content }, source);
  expect(planes[1]).toEqual(planes[0]);
  expect(planes[2]).toEqual(planes[0]);
  return planes[0]!.map((byte) => (byte === BRIGHT ? 0 : byte === 0 ? 1 : 99));
}

test.each([
  ['the picture alone', 64, { x: 0, y: 0, width: 64, height: 36 }, 36],
  ['rows that are padded', 68, { x: 0, y: 0, width: 65, height: 36 }, 36],
  ['within an input, with borders around', 96, { x: 11, y: 30, width: 64, height: 36 }, 96],
])('%s: the mask and what is near it, nothing else', (_, stride, content, rows) => {
  const polygons = [starOf(9, 3), starOf(5, 4)];
  const expected = new Uint8Array(stride * rows);
  const near = nearPixels(polygons, content, 2);
  for (const [i, isNear] of near.entries())
    expected[(content.y + Math.floor(i / content.width)) * stride + content.x + (i % content.width)] = isNear;
  expect(painted(new PrivacyPaint(polygons), { stride, content }, rows)).toEqual(expected);
});

test('where a picture is enlarged, so is what is spread of the mask', () => {
  const polygons = [starOf(6, 5)];
  const content = { x: 0, y: 0, width: 80, height: 60 };
  const found = painted(new PrivacyPaint(polygons), { stride: 80, content }, 60, { width: 20, height: 15 });
  expect(found).toEqual(nearPixels(polygons, content, 8));
});

test('each picture of a source that changes its size is painted at its own', () => {
  const polygons = [starOf(6, 6)];
  const paint = new PrivacyPaint(polygons);
  for (const [width, height] of [
    [64, 36],
    [36, 64],
    [64, 36],
    [64, 37],
  ] as const) {
    const content = { x: 0, y: 0, width, height };
    expect(painted(paint, { stride: width, content }, height)).toEqual(nearPixels(polygons, content, 2));
  }
});

test('without masks nothing is touched', () => {
  const content = { x: 0, y: 0, width: 8, height: 8 };
  expect(painted(new PrivacyPaint([]), { stride: 8, content }, 8)).toEqual(new Uint8Array(64));
});
