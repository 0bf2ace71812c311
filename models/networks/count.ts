// Graph -> its cost by the conventions of the paper's tables, which differ in what they call a parameter.

import { describeLayers, layerTraffic, totalCost } from '../graph/cost.js';
import { elements } from '../graph/graph.js';
import { type Graph, kindOf } from '../layers/registry.js';

export interface Counted {
  readonly parameters: number;
  /** Billions. */
  readonly bflops: number;
}

/** Kernels alone, without batch norm and biases: the ImageNet tables, and most detectors of table 4. */
export function countKernels(graph: Graph): Counted {
  const kernels = graph.layers.map((placed) => kindOf(placed.layer).weights?.(placed).kernel ?? 0);
  return { parameters: kernels.reduce((sum, kernel) => sum + kernel, 0), bflops: countFile(graph).bflops };
}

/** As `countKernels`, but operations of convolutions alone, as Darknet printed them before it counted pools too. */
export function countConvolutions(graph: Graph): Counted {
  const convolutions = describeLayers(graph).filter((layer) => layer.type === 'convolutional');
  return { parameters: countKernels(graph).parameters, bflops: totalCost(convolutions).bflops };
}

/** All floats of the Darknet weight file: the PRN rows of table 4. */
export function countFile(graph: Graph): Counted {
  return totalCost(describeLayers(graph));
}

/** Convolutional input/output (CIO): millions of values that convolutions and pools read and write. */
export function cio(graph: Graph): number {
  const traffic = layerTraffic(describeLayers(graph), elements(graph.input));
  return traffic.reduce((sum, values) => sum + values, 0) / 1e6;
}
