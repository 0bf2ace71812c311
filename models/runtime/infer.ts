// Pixels -> boxes in input pixels, on the thread that calls: session, decode, NMS.

import { performance } from 'node:perf_hooks';
import { CspcamError } from '../../agent/errors.js';
import { suppress } from '../decode/nms.js';
import { decodeYolo } from '../decode/yolo.js';
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
  const { decoder, labels, input } = model;
  if (decoder.kind !== 'yolo')
    throw new CspcamError(`expected a detector, received ${model.name}, a classification model`);
  const started = performance.now();
  const values = await session.run(pixels);
  const inferred = performance.now();
  const outputs = decoder.heads.map((head) => ({ head, values: values.get(head.output)! }));
  const candidates = decodeYolo(outputs, {
    labels,
    inputWidth: input.width,
    inputHeight: input.height,
    minScore,
  });
  const inputBoxes = suppress(candidates, decoder.nms);
  return { inputBoxes, inferenceMs: inferred - started, decodeMs: performance.now() - inferred };
}
