// A .cfg -> random weights, the naive reference's answer, and ours through ONNX Runtime.

import { describeInput } from '../../models/darknet/model.js';
import { readNetwork } from '../../models/darknet/network.js';
import { readWeights } from '../../models/darknet/weights.js';
import type { Graph } from '../../models/layers/registry.js';
import { writeOnnx } from '../../models/onnx/write.js';
import { openOnnxRuntime } from '../../models/runtime/onnxruntime.js';
import { evaluateNaively, type Map3 } from './naive-network.js';

/** 0..1, the same on every machine. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A .weights file of `floats`; version 0.2 and later counts pictures in eight bytes, before in four. */
export function weightsFile(
  floats: readonly number[],
  version: readonly [number, number] = [0, 2],
): Uint8Array {
  const headerBytes = version[0] * 10 + version[1] >= 2 ? 20 : 16;
  const view = new DataView(new ArrayBuffer(headerBytes + 4 * floats.length));
  for (const [i, value] of version.entries()) view.setInt32(4 * i, value, true);
  for (const [i, value] of floats.entries()) view.setFloat32(headerBytes + 4 * i, value, true);
  return new Uint8Array(view.buffer);
}

export interface SmallNetwork {
  readonly graph: Graph;
  readonly pixels: Uint8Array; // (3, H, W)
  readonly weights: Uint8Array;
  readonly reference: Map3;
}

export function smallNetwork(cfg: string): SmallNetwork {
  const graph = readNetwork(cfg, 'small.cfg');
  const { height, width } = graph.input;
  const next = random(7);
  const pixels = Uint8Array.from({ length: 3 * height * width }, () => 256 * next());
  const floats: number[] = [];
  // Small variances, where the epsilon beside them counts.
  const reference = evaluateNaively(
    cfg,
    (count, name) => {
      const drawn = Float32Array.from({ length: count }, () =>
        name === 'variances' ? 0.02 * next() : 2 * next() - 1,
      );
      floats.push(...drawn);
      return drawn;
    },
    { shape: [3, height, width], values: Float64Array.from(pixels, (value) => value / 255) },
  );
  return { graph, pixels, weights: weightsFile(floats), reference };
}

/** Values of the last layer, through ONNX. */
export async function run({ graph, pixels, weights }: SmallNetwork): Promise<Float32Array> {
  const network = writeOnnx(graph, readWeights(weights, graph, 'small.weights'), 'small', { input: 'uint8' });
  const model = { name: 'small', input: describeInput(graph) };
  const session = await openOnnxRuntime(network, model, { provider: 'cpu', threads: 1 });
  const outputs = await session.run(pixels);
  await session.close();
  return [...outputs.values()].at(-1)!;
}
