// A part of a frame -> how sharp it is. Pure.

import type { Box } from '../../models/detection.js';
import type { Frame } from '../../pipelines/frame.js';

/** Pixels that are looked at, at most: the sharpness of a large box does not hang on each. */
const MOST_SAMPLES = 2048;

/**
 * Mean of the absolute Laplacian of green, which is little where an object is blurred by its movement.
 *
 * @param box in source pixels
 * @returns grey levels; 0 for a box without an inner pixel
 */
export function sharpness({ pixels, inputSize, content, sourceSize }: Frame, box: Box): number {
  const green = new Uint8Array(
    pixels,
    inputSize.width * inputSize.height,
    inputSize.width * inputSize.height,
  );
  const [right, down] = [content.width / sourceSize.width, content.height / sourceSize.height];
  const left = Math.max(content.x, Math.ceil(content.x + box[0] * right)) + 1;
  const top = Math.max(content.y, Math.ceil(content.y + box[1] * down)) + 1;
  const endX = Math.min(content.x + content.width, Math.floor(content.x + box[2] * right)) - 1;
  const endY = Math.min(content.y + content.height, Math.floor(content.y + box[3] * down)) - 1;
  if (endX <= left || endY <= top) return 0;
  const step = Math.max(1, Math.floor(Math.sqrt(((endX - left) * (endY - top)) / MOST_SAMPLES)));
  let sum = 0;
  let count = 0;
  for (let y = top; y < endY; y += step)
    for (let x = left; x < endX; x += step, count++) {
      const at = y * inputSize.width + x;
      const around =
        green[at - 1]! + green[at + 1]! + green[at - inputSize.width]! + green[at + inputSize.width]!;
      sum += Math.abs(4 * green[at]! - around);
    }
  return sum / count;
}
