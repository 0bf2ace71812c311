// Pixels -> boxes in input pixels, on the thread that calls: session, decode, NMS.

import { performance } from 'node:perf_hooks';
import { CspcamError, expected } from '#common/errors.js';
import { suppress } from '../decode/nms.js';
import { decodeYolo } from '../decode/yolo.js';
import type { Detection } from '../detection.js';
import type { ModelDescription, YoloHead } from '../folder/description.js';
import type { Outputs, Session } from './session.js';

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
  const outputs = decoder.heads.map((head) => ({ head, values: outputOf(values, head, decoder.classes) }));
  const candidates = decodeYolo(outputs, {
    labels,
    inputWidth: input.width,
    inputHeight: input.height,
    minScore,
  });
  const inputBoxes = suppress(candidates, decoder.nms);
  return { inputBoxes, inferenceMs: inferred - started, decodeMs: performance.now() - inferred };
}

/** The network and model.json may come from different hands. */
function outputOf(outputs: Outputs, head: YoloHead, classes: number): Float32Array {
  const values = outputs.get(head.output);
  if (!values)
    throw expected(`one of ${[...outputs.keys()].join(', ')}`, 'decoder.heads.output', head.output);
  const count = head.anchors.length * (5 + classes) * head.grid.width * head.grid.height;
  if (values.length !== count) throw expected(`${count} values`, head.output, values.length);
  return values;
}
