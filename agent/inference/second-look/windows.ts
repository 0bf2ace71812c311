// Size of a picture -> the windows of it that the detector sees at their own size, as large as its input. Pure.

import type { Box } from '../../../models/detection.js';
import type { Rect, Size } from '../../../pipelines/frame.js';

/** Windows begin at multiples of so many pixels: rows of planes are padded to as many. */
const STEP = 4;
/** Windows side by side share so much of their size, so that what an edge cuts is whole in the next. */
const SHARED = 0.2;
/** A picture that is hardly larger than the input has been seen as well as it can be. */
const LEAST_GAIN = 1.5;

/** @returns nothing where a window would show hardly more than the whole picture does */
export function windowSize(picture: Size, input: Size): Size | undefined {
  if (Math.max(picture.width / input.width, picture.height / input.height) < LEAST_GAIN) return undefined;
  return { width: Math.min(picture.width, input.width), height: Math.min(picture.height, input.height) };
}

/** As few as cover the picture, row by row, as far apart as they can be. */
export function gridOf(picture: Size, window: Size): Rect[] {
  const xs = startsOf(picture.width, window.width);
  return startsOf(picture.height, window.height).flatMap((y) => xs.map((x) => ({ x, y, ...window })));
}

/** The one with the box in its middle, or as near to that as the picture allows. */
export function windowAround([x1, y1, x2, y2]: Box, picture: Size, window: Size): Rect {
  const start = (middle: number, size: number, whole: number) =>
    down(Math.min(Math.max(0, middle - size / 2), whole - size), whole - size);
  return {
    x: start((x1 + x2) / 2, window.width, picture.width),
    y: start((y1 + y2) / 2, window.height, picture.height),
    ...window,
  };
}

export function isWithin([x1, y1, x2, y2]: Box, { x, y, width, height }: Rect): boolean {
  return x1 >= x && y1 >= y && x2 <= x + width && y2 <= y + height;
}

function startsOf(whole: number, size: number): number[] {
  const left = whole - size;
  const steps = Math.ceil(left / ((1 - SHARED) * size));
  return steps === 0 ? [0] : Array.from({ length: steps + 1 }, (_, i) => down((i * left) / steps, left));
}

/** The last window ends where the picture does, wherever that is. */
function down(value: number, last: number): number {
  return value >= last ? last : Math.floor(value / STEP) * STEP;
}
