// A picture whose pixels say where they are -> the window of it, pixel by pixel.

import { expect, test } from 'vitest';
import type { Frame, InputSize, Rect } from '../../../pipelines/frame.js';
import { cutWindow } from '../../../pipelines/window.js';

/** Red is the column, green the row, blue 7; two columns of padding, as rows of GStreamer have them. */
function picture(width: number, height: number): Frame {
  const inputSize = { width: width + 2, height };
  const planeBytes = inputSize.width * height;
  const pixels = new Uint8Array(3 * planeBytes);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      pixels[y * inputSize.width + x + 1] = x;
      pixels[planeBytes + y * inputSize.width + x + 1] = y;
      pixels[2 * planeBytes + y * inputSize.width + x + 1] = 7;
    }
  const content = { x: 1, y: 0, width, height };
  return { inputSize, content, sourceSize: { width, height }, pixels: pixels.buffer } as Frame;
}

test.each<[string, Rect, InputSize]>([
  ['as large as the input', { x: 20, y: 10, width: 16, height: 16 }, { width: 16, height: 16 }],
  ['lower than the input, on grey', { x: 3, y: 0, width: 16, height: 9 }, grey({ width: 16, height: 16 })],
])('%s', (_, window, input) => {
  const pixels = new Uint8Array(cutWindow(picture(100, 50), window, input));
  const top = Math.floor((input.height - window.height) / 2);
  for (let y = 0; y < input.height; y++)
    for (let x = 0; x < input.width; x++) {
      const isBorder = y < top || y >= top + window.height;
      const seen = [0, 1, 2].map((plane) => pixels[(plane * input.height + y) * input.width + x]);
      expect(seen).toEqual(isBorder ? [114, 114, 114] : [window.x + x, window.y + y - top, 7]);
    }
});

function grey(size: { width: number; height: number }): InputSize {
  return { ...size, resize: { kind: 'letterbox', align: 'centre', padding: 114 } };
}
