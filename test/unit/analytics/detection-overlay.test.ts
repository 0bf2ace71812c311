// Boxes -> an SVG that a real renderer draws where they belong.

import sharp from 'sharp';
import { expect, test } from 'vitest';
import { overlaySvg } from '../../../agent/analytics/detection-overlay.js';

test('the frame of a box is drawn on its edges, and only there', async () => {
  const svg = overlaySvg([{ label: 'a<b>&"', classIndex: 0, score: 0.5, box: [100, 120, 300, 320] }], {
    width: 640,
    height: 480,
  });
  const { data, info } = await sharp(Buffer.from(svg)).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([640, 480, 4]);
  const opaque = (x: number, y: number) => data[(y * info.width + x) * 4 + 3]! > 128;
  const points: [x: number, y: number, drawn: boolean][] = [
    [100, 200, true],
    [300, 200, true],
    [200, 320, true],
    [200, 220, false],
    [90, 200, false],
    [310, 200, false],
    [103, 110, true],
  ];
  for (const [x, y, drawn] of points) expect([x, y, opaque(x, y)]).toEqual([x, y, drawn]);
});

test.each([
  ['at the top edge', [0, 0, 50, 60]],
  ['at the right edge', [600, 400, 640, 480]],
] as const)('the label stays within the picture: %s', (_, box) => {
  const svg = overlaySvg([{ label: 'motorcycle', classIndex: 3, score: 1, box }], {
    width: 640,
    height: 480,
  });
  const [, x, y, width] = /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="[\d.]+" fill="#/
    .exec(svg)!
    .map(Number);
  expect(x!).toBeGreaterThanOrEqual(0);
  expect(y!).toBeGreaterThanOrEqual(0);
  expect(x! + width!).toBeLessThanOrEqual(640.1);
});
