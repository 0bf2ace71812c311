// Input size -> the first picture of a source, as the detector gets it.

import { expected } from '#common/errors.js';
import { packageFile } from '#common/package.js';
import type { InputSize } from '../../pipelines/frame.js';
import { openSource } from '../../pipelines/open.js';

/** A clip with people and cars, so that decoding has something to do. Attribution: agent/demo/README.md. */
export const CLIP = packageFile('agent/demo/street.mp4');

/** @returns planar RGB, (3, H, W) @throws CspcamError for a source that gives no frame */
export async function firstPicture(inputSize: InputSize, source = CLIP): Promise<ArrayBuffer> {
  const stop = new AbortController();
  for await (const { pixels } of openSource(source, { inputSize }).frames(stop.signal)) return pixels;
  throw expected('a frame', source, 'none');
}
