// What a calibration saw -> the pictures on which its loss is measured: others than those, where there are any.

import { expected } from '#common/errors.js';
import type { CocoAnnotations } from '../../../models/evaluate/coco.js';
import type { Frame, InputSize } from '../../../pipelines/frame.js';
import { readImage } from '../../../pipelines/images.js';
import {
  chosenPictures,
  type FrameChoice,
  isAnnotations,
  pictureFiles,
  pictureOf,
  readAnnotations,
  spread,
} from './calibration-frames.js';

export interface MeasuredPictures {
  readonly data: string;
  readonly count: number;
  /** Whether the calibration saw them as well. */
  readonly calibrated: boolean;
  /** Nothing where boxes of floats stand in for them. */
  readonly annotations?: CocoAnnotations;
  /** Each with its id in the annotations, or one of its own. */
  frames(): AsyncIterable<{ readonly id: number; readonly frame: Frame }>;
}

export interface MeasureChoice extends FrameChoice {
  /** Annotations to measure on, in place of those of `data`. */
  readonly eval?: string;
  readonly evalSplit?: string;
}

/** As many as leave a difference of half a point some meaning; a minute or two of processor time. */
const MOST_ANNOTATED = 256;
const MOST_PLAIN = 64;

interface Candidate {
  readonly id: number;
  readonly file: string;
}

interface AnnotatedPictures {
  readonly file: string;
  readonly annotations: CocoAnnotations;
  /** Those of `evalSplit`. */
  readonly wanted: readonly Candidate[];
  /** Those of other splits than the calibration's. */
  readonly apart: readonly Candidate[];
}

/** The annotations that a loss is measured by, where there are any. */
export function annotationsOf({ eval: given, data }: MeasureChoice): string | undefined {
  return given ?? (data.length === 1 && isAnnotations(data[0]!) ? data[0] : undefined);
}

/** @returns nothing without annotations @throws CspcamError for those without pictures */
export async function annotatedPictures(choice: MeasureChoice): Promise<AnnotatedPictures | undefined> {
  const file = annotationsOf(choice);
  if (file === undefined) return undefined;
  const annotations = await readAnnotations(file);
  const of = (isWanted: (split: string | undefined) => boolean): Candidate[] =>
    annotations.images
      .filter(({ split }) => isWanted(split))
      .map((image) => ({ id: image.id, file: pictureOf(file, image) }));
  const { evalSplit, split } = choice;
  const wanted = evalSplit === undefined ? of(() => true) : of((one) => one === evalSplit);
  if (wanted.length === 0) throw expected('pictures of --eval-split', file, evalSplit ?? '0');
  const apart = choice.eval === undefined && split !== undefined ? of((one) => one !== split) : [];
  return { file, annotations, wanted, apart };
}

/** @param kept frames of the calibration, for sources that are no files */
export async function measuredPictures(
  choice: MeasureChoice,
  kept: readonly Frame[],
  inputSize: Required<InputSize>,
): Promise<MeasuredPictures> {
  const chosen = await chosenPictures(choice);
  const used = new Set(chosen.flatMap(({ files = [] }) => files));
  const annotated = await annotatedPictures(choice);
  if (annotated !== undefined) {
    const { file, annotations, wanted, apart } = annotated;
    return { ...ofFiles([apart, wanted], used, MOST_ANNOTATED, inputSize), data: file, annotations };
  }
  const data = choice.data.join(', ');
  const files = (await Promise.all(choice.data.map((source) => pictureFiles(source)))).map((of) => of ?? []);
  const all = files.flat().map((file, id) => ({ id, file }));
  if (all.length > 0) return { ...ofFiles([all], used, MOST_PLAIN, inputSize), data };
  return {
    data,
    count: kept.length,
    calibrated: true,
    frames: async function* () {
      for (const [id, frame] of kept.entries()) yield { id, frame };
    },
  };
}

/** @param sets the first with pictures that were not used is taken, else all of the last */
function ofFiles(
  sets: readonly (readonly Candidate[])[],
  used: ReadonlySet<string>,
  most: number,
  inputSize: Required<InputSize>,
): Omit<MeasuredPictures, 'data'> {
  const fresh = sets.map((set) => set.filter(({ file }) => !used.has(file))).find((set) => set.length > 0);
  const taken = spread(fresh ?? sets.at(-1)!, most);
  return {
    count: taken.length,
    calibrated: fresh === undefined,
    frames: async function* () {
      for (const { id, file } of taken) yield { id, frame: await readImage(file, inputSize) };
    },
  };
}
