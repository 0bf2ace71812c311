// A graph -> what it costs: parameters and operations per layer and in total.

import type { LayerDescription } from '../folder/description.js';
import { kindOf } from '../layers/registry.js';
import type { Graph, PlacedLayer } from './graph.js';

/** Floats of the layer in a Darknet weight file. */
export function layerParameters(placed: PlacedLayer): number {
  return kindOf(placed.layer).parameters?.(placed) ?? 0;
}

export function describeLayers(graph: Graph): LayerDescription[] {
  return graph.layers.map((placed) => ({
    index: placed.index,
    type: placed.layer.kind,
    inputs: [...placed.inputs],
    output: [placed.output.channels, placed.output.height, placed.output.width],
    parameters: layerParameters(placed),
    bflops: (kindOf(placed.layer).operations?.(placed) ?? 0) / 1e9,
  }));
}

/** @returns floats in the weight file, and Darknet's billions of operations */
export function totalCost(layers: readonly LayerDescription[]): { parameters: number; bflops: number } {
  return {
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    bflops: layers.reduce((sum, layer) => sum + layer.bflops, 0),
  };
}
