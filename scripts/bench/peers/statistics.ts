// Times and outputs of engines -> medians, minima, how far outputs differ, what a convolution reaches.

import { median } from '../../../agent/bench/figures.js';

export interface Times {
  readonly medianMs: number;
  /** What a neighbour on the machine disturbs least. */
  readonly minMs: number;
  readonly runs: number;
}

/** Not of an empty list. */
export function summarize(ms: readonly number[]): Times {
  return { medianMs: median(ms), minMs: Math.min(...ms), runs: ms.length };
}

export interface Gain {
  readonly medians: number;
  readonly minima: number;
}

/** How many times as fast `these` are as `those`. */
export function gain(these: Times, those: Times): Gain {
  return { medians: those.medianMs / these.medianMs, minima: those.minMs / these.minMs };
}

export interface Difference {
  /** Largest difference, over the largest reference value. */
  readonly worst: number;
  /** Root of the mean square of differences, over that of the reference. */
  readonly rms: number;
}

/** @returns infinite where the outputs have not the same length, or are no numbers */
export function difference(outputs: Float32Array, reference: Float32Array): Difference {
  if (outputs.length !== reference.length) return { worst: Infinity, rms: Infinity };
  let [largest, worst, squares, wrong] = [0, 0, 0, 0];
  for (const [i, expected] of reference.entries()) {
    const off = outputs[i]! - expected;
    largest = Math.max(largest, Math.abs(expected));
    worst = Math.max(worst, Math.abs(off));
    squares += expected * expected;
    wrong += off * off;
  }
  const found = { worst: worst / largest, rms: Math.sqrt(wrong / squares) };
  return Number.isFinite(found.rms) ? found : { worst: Infinity, rms: Infinity };
}
