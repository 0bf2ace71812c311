// How a network takes its picture -> its inputs, of an invented picture that shows what its outputs look like.

import { INPUT_NAME } from '../onnx/write.js';
import type { TensorValue } from '../runtime/onnxruntime.js';
import type { Extent } from './cells.js';
import type { Picture } from './facts.js';

/** Bytes, for a network that prepares them itself. */
export function bytesOf(size: Extent): Map<string, TensorValue> {
  const dims = [1, 3, size.height, size.width];
  return new Map([[INPUT_NAME, { type: 'uint8', dims, data: samplePixels(size) }]]);
}

/** From 0 to 1, in RGB: near enough to what any network takes to tell coordinates, logits and probabilities apart. */
export function roughly(picture: Picture): Map<string, TensorValue> {
  const { name, layout, type, batch, width, height } = picture;
  const planes = samplePixels(picture);
  const cells = width * height;
  const bytes =
    layout === 'NCHW' ? planes : planes.map((_, at) => planes[(at % 3) * cells + Math.floor(at / 3)]!);
  const dims = layout === 'NCHW' ? [3, height, width] : [height, width, 3];
  const data = type === 'uint8' ? bytes : Float32Array.from(bytes, (byte) => byte / 255);
  return new Map([[name, { type, dims: batch ? [1, ...dims] : dims, data }]]);
}

/** Planar RGB, (3, H, W): blocks of several sizes and colours before a sky that gets darker. */
function samplePixels({ width, height }: Extent): Uint8Array {
  const pixels = new Uint8Array(3 * width * height);
  let to = 0;
  for (let channel = 0; channel < 3; channel++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++, to++) {
        const block = (Math.floor(x / 23) * 7 + Math.floor(y / 41) * 13) % 11;
        const isSky = y < height / 3 || block > 6;
        pixels[to] = isSky ? 220 - (100 * y) / height : (block * 37 + channel * 61) % 256;
      }
  return pixels;
}
