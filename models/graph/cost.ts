// A graph -> what it costs: parameters and operations per layer and in total.

import type { LayerDescription } from '../folder/description.js';
import { type Graph, kindOf, type Layer } from '../layers/registry.js';
import { PICTURE, type PlacedLayer } from './graph.js';

/** Floats of the layer in a Darknet weight file. */
function layerParameters(placed: PlacedLayer<Layer>): number {
  const counts = kindOf(placed.layer).weights?.(placed);
  return counts ? counts.kernel + counts.filters * (counts.batchNormalize ? 4 : 1) : 0;
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

const TRAFFIC_KINDS: ReadonlySet<string> = new Set([
  ...['convolutional', 'maxpool', 'avgpool', 'local_avgpool'],
  // The same of networks that came as ONNX, whose layers are nodes.
  ...['AveragePool', 'Conv', 'ConvInteger', 'ConvTranspose', 'Gemm', 'GlobalAveragePool', 'MatMul'],
  ...['MatMulInteger', 'MaxPool', 'QLinearConv', 'QLinearMatMul'],
]);

/**
 * Values that each layer reads and writes, the paper's measure of memory traffic (CIO): convolutions and pools count.
 * With pools the totals are the printed ones: 34.4 and 32.6 million for ResNeXt-50 and CSPResNeXt-50.
 *
 * @param pictureValues channels * height * width of the input
 */
export function layerTraffic(layers: readonly LayerDescription[], pictureValues: number): number[] {
  const written = layers.map(({ output }) => output.reduce((product, length) => product * length, 1));
  return layers.map(({ type, inputs }, i) => {
    if (!TRAFFIC_KINDS.has(type)) return 0;
    return written[i]! + (inputs[0] === PICTURE ? pictureValues : written[inputs[0]!]!);
  });
}
