// Pixels -> boxes in input pixels, on the thread that calls: session, decode, NMS.

import { performance } from 'node:perf_hooks';
import { decoderOf } from '../decode/registry.js';
import type { Detection } from '../detection.js';
import type { ModelDescription } from '../folder/description.js';
import type { Session } from './session.js';

export interface Inference {
  readonly inputBoxes: Detection[];
  readonly inferenceMs: number;
  readonly decodeMs: number;
}

export async function infer(
  session: Session,
  model: ModelDescription,
  pixels: Uint8Array,
  minScore: number,
): Promise<Inference> {
  const decode = decoderOf(model);
  const started = performance.now();
  const outputs = await session.run(pixels);
  const inferred = performance.now();
  const inputBoxes = decode(outputs, minScore);
  return { inputBoxes, inferenceMs: inferred - started, decodeMs: performance.now() - inferred };
}
