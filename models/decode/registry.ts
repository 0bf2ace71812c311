// Kind of decoder in model.json -> detections of a network's outputs. A new kind is one file and one row here.

import type { z } from 'zod';
import { CspcamError, expected } from '#common/errors.js';
import type { Detection } from '../detection.js';
import type { Outputs } from '../runtime/session.js';
import { Candidates } from './candidates.js';
import { countRows, type DecoderKind, type InputSize } from './decoder.js';
import { detr } from './detr.js';
import { endToEnd } from './end-to-end.js';
import { nanodet } from './nanodet.js';
import { type NmsOptions, suppress } from './nms.js';
import { ssd } from './ssd.js';
import { yolo } from './yolo.js';
import { yolov5 } from './yolov5.js';
import { yolov8 } from './yolov8.js';
import { yolox } from './yolox.js';

const KINDS = { yolo, yolox, yolov5, yolov8, 'end-to-end': endToEnd, detr, nanodet, ssd };

/** Of the part of model.json that says what the outputs of a detector mean. */
export const detectorSchemas = Object.values(KINDS).map(({ schema }) => schema);

/** What the outputs of a detector mean; `kind` tells which. */
export type DetectorDecoder = z.infer<(typeof detectorSchemas)[number]>;

/** What decoding takes of a model's description. */
export interface DecodedModel {
  readonly name: string;
  readonly input: InputSize;
  readonly labels: readonly string[];
  readonly decoder: DetectorDecoder | { readonly kind: 'softmax' };
}

/** Outputs of one run -> boxes in input pixels, best first, one for each object. */
export type Decode = (outputs: Outputs, minScore: number) => Detection[];

/**
 * Suppression is for the kinds that have `nms`: the others leave one box for each object by themselves.
 *
 * @returns a function that throws CspcamError for outputs that are missing or have another length
 * @throws CspcamError for a model that is no detector
 */
export function decoderOf({ name, decoder, input, labels }: DecodedModel): Decode {
  if (decoder.kind === 'softmax')
    throw new CspcamError(`expected a detector, received ${name}, a classification model`);
  const kind = kindOf(decoder);
  const shapes = kind.shapes(decoder, input);
  return (outputs, minScore) => {
    const rows = countRows(outputs, shapes);
    const found = new Candidates(labels, minScore);
    kind.decode({ decoder, input, rows, outputs: { get: (output) => outputs.get(output)! } }, found);
    return 'nms' in decoder ? suppress(found.best(), decoder.nms as NmsOptions) : found.best();
  };
}

/** Names of the outputs that a decoder reads. */
export function outputNames(decoder: DetectorDecoder, input: InputSize): string[] {
  return kindOf(decoder)
    .shapes(decoder, input)
    .map(({ output }) => output);
}

/**
 * A decoder whose boxes are placed by all that show their object (box-voting.ts).
 *
 * @param least IoU, 0 to 1, from which on a box has a vote
 * @throws CspcamError for a kind without suppression, which leaves nothing to vote
 */
export function withBoxVoting<D extends DecodedModel['decoder']>(decoder: D, least: number): D {
  if (!('nms' in decoder)) throw expected('a detector with suppression', 'box voting', decoder.kind);
  return { ...decoder, nms: { ...decoder.nms, boxVoting: least } };
}

function kindOf(decoder: DetectorDecoder): DecoderKind<z.ZodObject> {
  return KINDS[decoder.kind] as unknown as DecoderKind<z.ZodObject>;
}
