// A row of the catalogue -> a network whose every number matters: batch norm that shifts and scales, biases.

import { writeWeights } from '../../models/darknet/weights.js';
import { writeCfg } from '../../models/darknet/write-cfg.js';
import type { Graph } from '../../models/layers/registry.js';
import { initialWeights } from '../../models/networks/initial-weights.js';
import { buildNetwork, type NetworkOptions, type NetworkSpec } from '../../models/networks/network-spec.js';
import { seededRandom } from '../../models/networks/random.js';
import type { NetworkWeights } from '../../models/weights.js';

export interface SeededNetwork {
  readonly graph: Graph;
  readonly weights: NetworkWeights;
  readonly cfg: string;
  readonly weightsFile: Uint8Array;
  readonly pixels: Uint8Array; // (3, H, W)
}

export function seededNetwork(system: NetworkSpec, options: NetworkOptions, seed: number): SeededNetwork {
  const graph = buildNetwork(system, options);
  const weights = initialWeights(graph, seed);
  const random = seededRandom(seed + 1);
  const draw = (values: Float32Array, least: number, most: number) => {
    for (let i = 0; i < values.length; i++) values[i] = least + (most - least) * random();
  };
  // Small residuals, as training leaves them: sums of large ones grow until a softmax is a one among zeros.
  const residuals = new Set(
    graph.layers.flatMap(({ layer, inputs }) => (layer.kind === 'shortcut' ? inputs.slice(0, 1) : [])),
  );
  for (const [index, { biases, batchNorm }] of weights) {
    draw(biases, -0.2, 0.2);
    if (!batchNorm) continue;
    if (residuals.has(index)) draw(batchNorm.scales, 0.1, 0.4);
    else draw(batchNorm.scales, 0.8, 1.2);
    draw(batchNorm.means, -0.2, 0.2);
    draw(batchNorm.variances, 0.5, 1.5);
  }
  const { height, width } = graph.input;
  let file: Uint8Array | undefined;
  return {
    graph,
    weights,
    cfg: writeCfg(graph, system.name),
    // Hundreds of megabytes, for those who want them.
    get weightsFile() {
      file ??= writeWeights(graph, weights);
      return file;
    },
    pixels: Uint8Array.from({ length: 3 * height * width }, () => 256 * random()),
  };
}
