// Pixels -> boxes in input pixels, on the thread that calls: session, decode, NMS.

import { performance } from 'node:perf_hooks';
import { oneLabelEach } from '../decode/one-label.js';
import { decoderOf } from '../decode/registry.js';
import type { Detection } from '../detection.js';
import type { ModelDescription } from '../folder/description.js';
import type { Session } from './session.js';

export interface Reported {
  /** Detections below are not decoded. */
  readonly minScore: number;
  /** Groups of labels of which one object bears one; default none. */
  readonly oneLabelOf?: readonly (readonly string[])[];
}

export interface Inference {
  readonly inputBoxes: readonly Detection[];
  readonly inferenceMs: number;
  readonly decodeMs: number;
}

export async function infer(
  session: Session,
  model: ModelDescription,
  pixels: Uint8Array,
  { minScore, oneLabelOf = [] }: Reported,
): Promise<Inference> {
  const decode = decoderOf(model);
  const started = performance.now();
  return session.runInPlace(pixels, (outputs) => {
    const inferred = performance.now();
    const inputBoxes = oneLabelEach(decode(outputs, minScore), oneLabelOf);
    return { inputBoxes, inferenceMs: inferred - started, decodeMs: performance.now() - inferred };
  });
}
