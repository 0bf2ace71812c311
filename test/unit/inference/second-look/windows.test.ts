// Sizes -> windows that cover a picture, and the one around a box.

import { expect, test } from 'vitest';
import {
  gridOf,
  isWithin,
  windowAround,
  windowSize,
} from '../../../../agent/inference/second-look/windows.js';

const INPUT = { width: 416, height: 416 };

test.each([
  ['Full HD', { width: 1920, height: 1080 }, INPUT],
  ['a wide strip', { width: 2000, height: 300 }, { width: 416, height: 300 }],
  ['hardly larger than the input', { width: 600, height: 400 }, undefined],
  ['smaller than the input', { width: 320, height: 240 }, undefined],
])('%s', (_, picture, expected) => {
  expect(windowSize(picture, INPUT)).toEqual(expected);
});

test.each([
  [{ width: 1920, height: 1080 }, 6 * 3],
  [{ width: 3840, height: 2160 }, 12 * 7],
  [{ width: 1000, height: 416 }, 3],
  [{ width: 641, height: 417 }, 2 * 2],
])('windows cover %o, and every box of a sixth of a window is whole in one', (picture, count) => {
  const windows = gridOf(picture, INPUT);
  expect(windows).toHaveLength(count);
  for (let y = 0; y + 69 <= picture.height; y += 23)
    for (let x = 0; x + 69 <= picture.width; x += 23)
      expect(windows.some((window) => isWithin([x, y, x + 69, y + 69], window))).toBe(true);
  for (const { x, y, width, height } of windows) {
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(picture.width);
    expect(y + height).toBeLessThanOrEqual(picture.height);
  }
  expect(Math.max(...windows.map(({ x, width }) => x + width))).toBe(picture.width);
  expect(Math.max(...windows.map(({ y, height }) => y + height))).toBe(picture.height);
});

test.each([
  ['in the middle', [1000, 500, 1040, 580], { x: 812, y: 332 }],
  ['at the top left', [0, 0, 20, 40], { x: 0, y: 0 }],
  ['at the bottom right', [1910, 1050, 1920, 1080], { x: 1504, y: 664 }],
] as const)('a window around a box %s', (_, box, start) => {
  expect(windowAround(box, { width: 1920, height: 1080 }, INPUT)).toEqual({ ...start, ...INPUT });
});
