// A picture at its own size -> a window of it as the input of a network: not scaled, within borders where it is smaller. Pure.

import type { Frame, InputSize, Rect, Size } from './frame.js';
import { paddingOf } from './letterbox.js';

/** In the middle of the input. */
export function placeWindow(window: Size, input: InputSize): Rect {
  const { width, height } = window;
  return {
    x: Math.floor((input.width - width) / 2),
    y: Math.floor((input.height - height) / 2),
    width,
    height,
  };
}

/**
 * @param picture one that has not been scaled
 * @param window within the picture, no larger than the input
 * @returns planar RGB of the input
 */
export function cutWindow(picture: Frame, window: Rect, input: InputSize): ArrayBuffer {
  const { content, inputSize } = picture;
  const from = new Uint8Array(picture.pixels); // (3, inputSize.height, inputSize.width)
  const pixels = new Uint8Array(3 * input.width * input.height).fill(paddingOf(input)); // (3, H, W)
  const place = placeWindow(window, input);
  for (let plane = 0; plane < 3; plane++)
    for (let row = 0; row < window.height; row++) {
      const y = plane * inputSize.height + content.y + window.y + row;
      const start = y * inputSize.width + content.x + window.x;
      const to = (plane * input.height + place.y + row) * input.width + place.x;
      pixels.set(from.subarray(start, start + window.width), to);
    }
  return pixels.buffer;
}
