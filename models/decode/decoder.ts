// What every kind of decoder can do; one file per kind implements it.

import type { z } from 'zod';
import { expected } from '#common/errors.js';
import type { Outputs } from '../runtime/session.js';
import type { Candidates } from './candidates.js';

export interface InputSize {
  readonly width: number;
  readonly height: number;
}

/** An output is `values` numbers for each of its rows. */
export interface OutputShape {
  readonly output: string;
  readonly values: number;
  /** How many rows there are; else as many as the network gives, the same for all such outputs. */
  readonly rows?: number;
}

/** Outputs of a network that have the shapes of the decoder. */
export interface Decodable<Decoder> {
  readonly decoder: Decoder;
  readonly input: InputSize;
  readonly outputs: { get(output: string): Float32Array };
  /** Of the outputs that do not say. */
  readonly rows: number;
}

export interface DecoderKind<Schema extends z.ZodObject> {
  /** Its part of model.json. */
  readonly schema: Schema;
  /** What the network has to give. */
  shapes(decoder: z.infer<Schema>, input: InputSize): readonly OutputShape[];
  /** Adds candidates in input pixels. */
  decode(outputs: Decodable<z.infer<Schema>>, found: Candidates): void;
}

/**
 * The network and model.json may come from different hands.
 *
 * @returns rows of the outputs that do not say how many they have
 * @throws CspcamError for an output that is missing or has another length
 */
export function countRows(outputs: Outputs, shapes: readonly OutputShape[]): number {
  let free: { readonly output: string; readonly rows: number } | undefined;
  for (const { output, values, rows } of shapes) {
    const given = outputs.get(output)?.length;
    if (given === undefined)
      throw expected(`one of ${[...outputs.keys()].join(', ')}`, 'an output of the decoder', output);
    if (rows !== undefined) {
      if (given !== rows * values) throw expected(`${rows * values} values`, output, given);
      continue;
    }
    if (given % values !== 0) throw expected(`a multiple of ${values} values`, output, given);
    free ??= { output, rows: given / values };
    if (given !== free.rows * values)
      throw expected(`${free.rows * values} values, by ${free.rows} rows of ${free.output}`, output, given);
  }
  return free?.rows ?? 0;
}

/** Cells of the grid that each stride makes of the input, of all strides together. */
export function countCells({ width, height }: InputSize, strides: readonly number[]): number {
  return strides.reduce((sum, stride) => sum + Math.ceil(width / stride) * Math.ceil(height / stride), 0);
}
