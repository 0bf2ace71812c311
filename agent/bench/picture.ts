// Input size -> a picture of the street clip that comes with the package, as the detector gets it.

import type { Size } from '../../pipelines/frame.js';
import { openSource } from '../../pipelines/open.js';
import { expected } from '../errors.js';
import { packageFile } from '../package.js';

/** A clip with people and cars, so that decoding has something to do. Attribution: agent/demo/README.md. */
export const CLIP = packageFile('agent/demo/street.mp4');

/** @returns planar RGB, (3, H, W) */
export async function clipPicture(inputSize: Size): Promise<ArrayBuffer> {
  const stop = new AbortController();
  for await (const { pixels } of openSource(CLIP, { inputSize }).frames(stop.signal)) return pixels;
  throw expected('a frame', CLIP, 'none');
}
