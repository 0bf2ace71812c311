// Kernels -> 8 bits, of which no pair that is added in 16 bits can leave them.
//
// Without VNNI, x86 multiplies unsigned by signed bytes and adds neighbours in one instruction (pmaddubsw), whose results
// are cut at 16 bits: 255 * 127 + 255 * 127 = 64,770 becomes 32,767. Neighbours are channels of the same pixel: ONNX
// Runtime has them innermost. Two weights of one sign may come to 128 together, as 255 * 128 = 32,640; those of
// different signs take from each other. That costs much less than 7 bits for every weight, as large ones are rare.

import { finestScale, type Kernel, type QuantizedKernel } from '../kernel.js';
import { eightBits } from './eight-bits.js';
import type { IntegerForm } from './form.js';

const MOST = 127;
const MOST_OF_PAIR = 128;
/** Scales that are tried, from the finest, at which pairs are cut most, to the one at which none is. */
const SCALES = 8;

export function boundPairs(kernel: Kernel): QuantizedKernel {
  const { dims, groups } = kernel;
  const [filters, channels, height, width] = dims as [number, number, number, number];
  // One filter for each channel: those are added in 32 bits everywhere.
  if (channels === 1 && groups === filters) return eightBits.quantizeConvolution(kernel);
  const cells = height * width;
  const values = new Int8Array(kernel.values.length);
  const scales = new Float32Array(filters);
  const weights = new Float32Array(channels * cells); // (height, width, channels)
  const steps = new Int8Array(weights.length);
  for (let filter = 0; filter < filters; filter++) {
    const first = filter * weights.length;
    for (let channel = 0; channel < channels; channel++)
      for (let cell = 0; cell < cells; cell++)
        weights[cell * channels + channel] = kernel.values[first + channel * cells + cell]!;
    scales[filter] = bestScale(weights, kernel.leastScales?.[filter]);
    roundPairs(weights, scales[filter]!, steps);
    for (let channel = 0; channel < channels; channel++)
      for (let cell = 0; cell < cells; cell++)
        values[first + channel * cells + cell] = steps[cell * channels + channel]!;
  }
  return { values, scales, zeroPoint: 0 };
}

/** Finer steps, of which more pairs have to be cut, against coarser ones: the squared error of the weights is least. */
function bestScale(weights: Float32Array, least?: number): number {
  const finest = finestScale(weights, MOST, least);
  const coarsest = largestPair(weights) / MOST_OF_PAIR;
  if (coarsest <= finest) return finest;
  const scales = Array.from({ length: SCALES }, (_, i) => finest + ((coarsest - finest) * i) / (SCALES - 1));
  const errors = scales.map((scale) => roundPairs(weights, scale));
  return scales[errors.indexOf(Math.min(...errors))]!;
}

/** The largest size of two neighbours together, of one sign. */
function largestPair(weights: Float32Array): number {
  let largest = 0;
  for (let i = 0; i + 1 < weights.length; i += 2) {
    const [a, b] = [weights[i]!, weights[i + 1]!];
    if (a * b > 0) largest = Math.max(largest, Math.abs(a + b));
  }
  return largest;
}

/** @param steps what the weights become @returns their squared error, in steps squared times scale squared */
function roundPairs(weights: Float32Array, scale: number, steps?: Int8Array): number {
  const perWeight = 1 / scale;
  let error = 0;
  for (let i = 0; i < weights.length; i += 2) {
    const weight = weights[i]! * perWeight;
    const next = i + 1 < weights.length ? weights[i + 1]! * perWeight : 0;
    let a = rounded(weight);
    let b = rounded(next);
    const beyond = Math.abs(a + b) - MOST_OF_PAIR;
    if (beyond > 0) {
      // Of one sign. Both give half, which is the least squared error; one that is small gives what it has.
      const half = Math.min(Math.abs(a), Math.max(beyond >> 1, beyond - Math.abs(b)));
      a -= Math.sign(a) * half;
      b -= Math.sign(b) * (beyond - half);
    }
    error += (weight - a) * (weight - a) + (next - b) * (next - b);
    if (steps === undefined) continue;
    steps[i] = a;
    if (i + 1 < steps.length) steps[i + 1] = b;
  }
  return error * scale * scale;
}

/** Halves go up, whatever the sign. */
function rounded(steps: number): number {
  return Math.max(-MOST, Math.min(MOST, Math.floor(steps + 0.5)));
}

export const boundedPairs: IntegerForm = {
  name: 'bounded-pairs',
  weights: '8-bit weights, bounded in pairs',
  quantizeConvolution: boundPairs,
  quantizeProduct: boundPairs,
};
