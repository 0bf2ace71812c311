// Network of the catalogue with random weights -> ONNX in floats and in integers, to be timed: what it says is nothing.

import { describeInput } from '../darknet/model.js';
import { findNetwork } from '../networks/catalogue.js';
import { initialWeights } from '../networks/initial-weights.js';
import { buildNetwork } from '../networks/network-spec.js';
import { seededRandom } from '../networks/random.js';
import { encodeOnnx } from '../onnx/encode.js';
import { composeOnnx } from '../onnx/write.js';
import { integerForm, optimizeForCpu } from '../passes/optimize-for-cpu.js';
import type { IntegerForm } from './forms/form.js';
import { calibratedRanges, quantizeProgram } from './quantize.js';
import { calibrateNetwork } from './run-program.js';

export interface UntrainedNetwork {
  readonly fp32: Uint8Array;
  readonly int8: Uint8Array;
}

const SEED = 7;

/** Planar RGB noise, (3, size, size). */
export function noisePixels(size: number): Uint8Array<ArrayBuffer> {
  const random = seededRandom(SEED);
  return Uint8Array.from({ length: 3 * size * size }, () => 256 * random());
}

/** @param size width and height of the input, pixels */
export async function untrainedNetwork(
  name: string,
  size: number,
  form: IntegerForm,
): Promise<UntrainedNetwork> {
  const graph = buildNetwork(findNetwork(name), { size });
  const plain = composeOnnx(graph, initialWeights(graph, SEED), { input: 'uint8' });
  const quantizable = { name, input: describeInput(graph), program: integerForm(plain) };
  const calibration = await calibrateNetwork(quantizable, noise(size));
  const ranges = calibratedRanges(quantizable.program, calibration, { method: 'minmax', correctBias: false });
  return {
    fp32: encodeOnnx(optimizeForCpu(plain), name),
    int8: encodeOnnx(quantizeProgram(quantizable.program, ranges, { keep: new Set(), form }), name),
  };
}

async function* noise(size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield noisePixels(size);
}
