// A row of the catalogue + weights -> the Darknet files of that network, from which everything else is made.

import { readWeights, writeWeights } from '../darknet/weights.js';
import { writeCfg } from '../darknet/write-cfg.js';
import type { Graph } from '../layers/registry.js';
import type { DarknetPair } from '../weights.js';
import { initialWeights } from './initial-weights.js';
import { buildNetwork, type NetworkOptions, type NetworkSpec } from './network-spec.js';

export interface TrainedWeights {
  readonly bytes: Uint8Array;
  /** For error messages. */
  readonly file: string;
}

export interface BuiltNetwork extends DarknetPair {
  readonly graph: Graph;
}

/**
 * @param weights a Darknet weight file, or the seed of initial weights
 * @throws CspcamError for weights of another network, naming the layer
 */
export function buildDarknet(
  system: NetworkSpec,
  options: NetworkOptions,
  weights: TrainedWeights | number,
): BuiltNetwork {
  const graph = buildNetwork(system, options);
  const cfg = writeCfg(graph, system.name);
  if (typeof weights === 'number')
    return { graph, cfg, weights: writeWeights(graph, initialWeights(graph, weights)) };
  readWeights(weights.bytes, graph, weights.file);
  return { graph, cfg, weights: weights.bytes };
}
