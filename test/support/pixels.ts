// Frame -> colours and pictures, for tests.

import { expect } from 'vitest';
import type { Frame, Rect, Size } from '../../pipelines/frame.js';

export type Rgb = readonly [red: number, green: number, blue: number];

/** Planar RGB at x, y of the input. */
export function rgbAt({ pixels, inputSize }: Frame, x: number, y: number): Rgb {
  const planes = new Uint8Array(pixels); // (3, H, W)
  const at = Math.floor(y) * inputSize.width + Math.floor(x);
  const plane = inputSize.width * inputSize.height;
  return [planes[at] as number, planes[at + plane] as number, planes[at + 2 * plane] as number];
}

/** At a place of the source picture, from 0 to 1 both ways. */
export function rgbWithin(frame: Frame, right: number, down: number): Rgb {
  const { x, y, width, height } = frame.content;
  return rgbAt(frame, x + right * width, y + down * height);
}

export function expectRgb(received: Rgb, expected: Rgb, tolerance: number): void {
  const distance = Math.max(...received.map((value, i) => Math.abs(value - (expected[i] as number))));
  expect(distance, `rgb(${received}) is not rgb(${expected})`).toBeLessThanOrEqual(tolerance);
}

/** Interleaved RGB of a rectangle of the input, as most libraries have it. */
export function interleaved({ pixels, inputSize }: Frame, { x, y, width, height }: Rect): Buffer {
  const planes = new Uint8Array(pixels);
  const plane = inputSize.width * inputSize.height;
  const out = Buffer.alloc(3 * width * height);
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = (y + row) * inputSize.width + x + column;
      for (let channel = 0; channel < 3; channel++) out[to++] = planes[at + channel * plane] as number;
    }
  }
  return out;
}

/** Two pictures of one size -> how much brighter the second is, and the mean difference apart from that. */
export function compare(first: Uint8Array, second: Uint8Array): { brighter: number; spread: number } {
  if (first.length !== second.length || first.length === 0)
    throw new Error(`expected pictures of one size, received ${first.length} and ${second.length} bytes`);
  const mean = (of: (i: number) => number) => first.reduce((sum, _, i) => sum + of(i), 0) / first.length;
  const difference = (i: number) => (second[i] as number) - (first[i] as number);
  const brighter = mean(difference);
  return { brighter, spread: mean((i) => Math.abs(difference(i) - brighter)) };
}

/** The brightest byte outside the content; 0 where there is nothing. */
export function brightestBorder(frame: Frame): number {
  return borderLevels(frame).at(-1) ?? 0;
}

/** Bytes that are outside the content, each once, in their order. */
export function borderLevels(frame: Frame): number[] {
  const { x, y, width, height } = frame.content;
  const { width: columns, height: rows }: Size = frame.inputSize;
  const levels = new Set<number>();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (row >= y && row < y + height && column >= x && column < x + width) continue;
      for (const level of rgbAt(frame, column, row)) levels.add(level);
    }
  }
  return [...levels].sort((a, b) => a - b);
}

/**
 * A picture that is off by one pixel fits better when moved back.
 *
 * @param expected both interleaved RGB
 */
export function expectSamePlace(expected: Buffer, picture: Buffer, { width, height }: Size): void {
  const differences = new Map<string, number>();
  for (const dx of [-1, 0, 1]) {
    for (const dy of [-1, 0, 1]) {
      let sum = 0;
      for (let y = 1; y < height - 1; y++) {
        for (let at = 3 * (y * width + 1); at < 3 * (y * width + width - 1); at++) {
          sum += Math.abs((expected[at] as number) - (picture[at + 3 * (dy * width + dx)] as number));
        }
      }
      differences.set(`${dx}, ${dy}`, sum);
    }
  }
  const best = [...differences].toSorted(([, a], [, b]) => a - b)[0];
  expect(best?.[0]).toBe('0, 0');
}
