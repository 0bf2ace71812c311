// What is known of a file when its kind is guessed: its inputs, what its outputs look like, and what it says itself.

import type { Decoder, DecoderOf, ModelDescription, Resize } from '../folder/description.js';
import type { OnnxProgram } from '../onnx/program.js';
import type { Extent } from './cells.js';

/** Of decoders that an ONNX file can have. */
export const KINDS = ['yolox', 'yolov5', 'yolov8', 'end-to-end', 'detr', 'nanodet', 'ssd'] as const;
export type Kind = (typeof KINDS)[number];

export type Preprocessing = NonNullable<ModelDescription['preprocessing']>;

/** How the file wants its picture. */
export interface Picture extends Extent {
  readonly name: string;
  readonly layout: Preprocessing['layout'];
  readonly type: Preprocessing['type'];
  /** Whether its input has an axis for the batch. */
  readonly batch: boolean;
}

/** An output on some picture, as floats. */
export interface Observed {
  readonly name: string;
  /** As ONNX Runtime calls it. */
  readonly type: string;
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

export interface Facts {
  readonly picture: Picture;
  readonly outputs: readonly Observed[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Given, or of the metadata. */
  readonly labels?: readonly string[];
  readonly program: OnnxProgram;
  /** Inputs beside the picture, which became constants. */
  readonly furtherInputs: readonly string[];
}

/** What the networks of a family take. */
export interface Convention {
  readonly colour: Preprocessing['colour'];
  readonly mean: Preprocessing['mean'];
  readonly deviation: Preprocessing['deviation'];
  readonly resize: Resize;
}

/** A kind that the file can be. */
export interface Match {
  readonly kind: Kind;
  readonly decoder: Exclude<Decoder, DecoderOf<'yolo'> | DecoderOf<'softmax'>>;
  readonly convention: Convention;
  /** What it was recognised by; goes on from "it is KIND: ". */
  readonly because: string;
  /** Makes outputs what the decoder takes, where they are not. */
  readonly rewrite?: (program: OnnxProgram) => OnnxProgram;
}

export function leastAndMost(values: Iterable<number>): [least: number, most: number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

/** Rounding may leave a sigmoid's range by a bit. */
export function areProbabilities(values: Iterable<number>): boolean {
  const [least, most] = leastAndMost(values);
  return least >= -1e-4 && most <= 1 + 1e-4;
}

/** Whether coordinates are shares of the input: in pixels, some box is larger than two. */
export function areShares(values: Iterable<number>): boolean {
  return leastAndMost(values)[1] <= 2;
}
