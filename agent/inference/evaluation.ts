// Model folder + COCO annotations -> average precision of the whole path: scaling, network, decode, NMS.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expected } from '#common/errors.js';
import type { Detection } from '../../models/detection.js';
import {
  type CocoAnnotations,
  type Evaluation,
  evaluate,
  parseAnnotations,
} from '../../models/evaluate/coco.js';
import type { ModelFolder } from '../../models/folder/folder.js';
import type { Detector } from '../../models/runtime/detector.js';
import { isEngine } from '../../models/runtime/engines/registry.js';
import type { NetworkChoice } from '../../models/runtime/network.js';
import { openDetector } from '../../models/runtime/open.js';
import type { WantedPrecision } from '../../models/runtime/precision.js';
import type { Frame, InputSize } from '../../pipelines/frame.js';
import { FramePool } from '../../pipelines/frame-pool.js';
import { readImage } from '../../pipelines/images.js';
import { followFrames } from './frame-path.js';

export interface PictureChoice {
  /** Annotations in COCO format. */
  readonly data: string;
  /** Folder of the pictures; default images/ beside the annotations. */
  readonly images?: string;
  /** Only the pictures that the annotations give this split. */
  readonly split?: string;
}

export interface Annotated {
  readonly coco: CocoAnnotations;
  readonly pictures: readonly { readonly id: number; readonly file: string }[];
}

export interface EvaluateOptions {
  readonly provider: string;
  /** Detections below are left out. */
  readonly minScore: number;
  readonly precision: WantedPrecision;
  /** Where what an engine builds is kept; default nowhere. */
  readonly cache?: string;
  /** After each picture. */
  readonly onStep: () => void;
  /** Asked before each picture; throws to end. */
  readonly goOn?: () => void;
}

/** Far below what anyone would show: precision is averaged over the whole recall curve. */
export const EVALUATION_MIN_SCORE = 0.001;

/** @throws CspcamError for what is no annotations, and for a split that is not there */
export async function readAnnotated({ data, images, split }: PictureChoice): Promise<Annotated> {
  const text = await readFile(data, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', data, error.code ?? error.message, error);
  });
  const coco = parseAnnotations(text, data);
  const folder = images ?? join(dirname(data), 'images');
  const chosen = coco.images.filter((image) => split === undefined || image.split === split);
  if (coco.images.length === 0) throw expected('pictures', data, '0');
  if (chosen.length === 0) {
    const splits = [...new Set(coco.images.map((image) => image.split ?? 'none'))];
    throw expected(`a split that is in ${data} (${splits.join(', ')})`, '--split', split);
  }
  return { coco, pictures: chosen.map(({ id, file_name }) => ({ id, file: join(folder, file_name) })) };
}

/** @throws CspcamError for a model that knows none of the annotated classes */
export function expectCommonClass({ coco }: Annotated, labels: readonly string[]): void {
  const inCommon = evaluate(coco, new Map(), labels);
  if (Object.keys(inCommon.perClass).length > 0 || inCommon.vehicles !== null) return;
  const annotated = coco.categories.map(({ name }) => name).join(', ');
  throw expected(`one of the annotated classes (${annotated})`, 'labels of the model', labels.join(', '));
}

/** @throws CspcamError for a network that does not run here, and for pictures that cannot be read */
export async function evaluateFolder(
  folder: ModelFolder,
  annotated: Annotated,
  { provider, minScore, precision, cache, onStep, goOn = () => {} }: EvaluateOptions,
): Promise<{ readonly evaluation: Evaluation; readonly network: NetworkChoice }> {
  const { labels } = folder.description;
  expectCommonClass(annotated, labels);
  const detector = await openDetector(folder, {
    ...{ provider, threads: 0, minScore, precision },
    ...(isEngine(provider) && cache !== undefined && { cache }),
  });
  try {
    const sourceBoxes = await detectAll(detector, annotated.pictures, onStep, goOn);
    const evaluation = evaluate(annotated.coco, sourceBoxes, labels);
    return { evaluation, network: detector.network };
  } finally {
    await detector.close();
  }
}

/** @returns boxes in source pixels by picture */
async function detectAll(
  detector: Detector,
  pictures: Annotated['pictures'],
  onStep: () => void,
  goOn: () => void,
): Promise<Map<number, readonly Detection[]>> {
  const pool = new FramePool();
  const found = new Map<number, readonly Detection[]>();
  await followFrames(readAhead(pictures, detector.model.input, pool), {
    detector,
    ahead: 1,
    release: (pixels) => pool.release(pixels),
    onResult: ({ sourceDetections }) => {
      goOn();
      // Frames come in the order of the pictures.
      found.set(pictures[found.size]!.id, sourceDetections);
      onStep();
    },
    onFailure: (_frame, error) => {
      throw error;
    },
  });
  return found;
}

/** Each picture is decoded while the network runs on the one before. */
async function* readAhead(
  pictures: Annotated['pictures'],
  inputSize: InputSize,
  pool: FramePool,
): AsyncIterable<Frame> {
  const read = (at: number) => {
    const frame = pictures[at] && readImage(pictures[at].file, inputSize, { pool });
    // Whoever takes the frame gets the error.
    frame?.catch(() => {});
    return frame;
  };
  let next = read(0);
  for (let at = 1; next !== undefined; at++) {
    const frame = await next;
    next = read(at);
    yield frame;
  }
}
