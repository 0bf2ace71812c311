// Graph + seed -> weights to begin a training with: He's uniform kernels, batch norm that does nothing, no biases.

import { type Graph, kindOf } from '../layers/registry.js';
import type { ConvolutionWeights, NetworkWeights } from '../weights.js';
import { seededRandom } from './random.js';

/** The same seed gives the same bits on every machine. */
export function initialWeights(graph: Graph, seed: number): NetworkWeights {
  const random = seededRandom(seed);
  const weights = new Map<number, ConvolutionWeights>();
  for (const placed of graph.layers) {
    const counts = kindOf(placed.layer).weights?.(placed);
    if (!counts) continue;
    const { filters, batchNormalize, kernel } = counts;
    // Darknet draws from a third of this variance and leaves the rest to batch norm's statistics, which are still
    // unknown here: with He's bound values neither grow nor fade through the layers.
    const bound = Math.sqrt((6 * filters) / kernel);
    const numbers = (value: number) => new Float32Array(filters).fill(value);
    weights.set(placed.index, {
      biases: numbers(0),
      ...(batchNormalize && { batchNorm: { scales: numbers(1), means: numbers(0), variances: numbers(1) } }),
      kernel: uniform(kernel, bound, random),
    });
  }
  return weights;
}

/** A plain loop: `Float32Array.from` takes four times as long, which is seconds for a large network. */
function uniform(count: number, bound: number, random: () => number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = (2 * random() - 1) * bound;
  return values;
}
