// Graph of an Elastic network -> parameters and operations as its reference implementation counts them.

import { elements } from '../graph/graph.js';
import { type Graph, kindOf } from '../layers/registry.js';
import type { Counted } from './count.js';

/**
 * Operations: a convolution's multiply-adds, 2 per value of a batch norm, 1 per value of an activation and per value
 * that a pool reads; all of it twice. Parameters: kernels, scale and bias of batch norms, biases of the classifier.
 */
export function countElastic(graph: Graph): Counted {
  let parameters = 0;
  let operations = 0;
  for (const placed of graph.layers) {
    const { layer, inputShapes, output } = placed;
    const { kernel = 0, filters = 0, batchNormalize = false } = kindOf(layer).weights?.(placed) ?? {};
    parameters += kernel + (batchNormalize ? 2 * filters : 0);
    if (batchNormalize) operations += 2 * elements(output);
    if (layer.kind === 'convolutional') {
      operations += (kindOf(layer).operations?.(placed) ?? 0) / 2;
      if (layer.activation !== 'linear') operations += elements(output);
    }
    if (layer.kind === 'activation') operations += elements(output);
    if (['avgpool', 'local_avgpool', 'maxpool'].includes(layer.kind)) operations += elements(inputShapes[0]!);
  }
  const classes = graph.layers.at(-1)!.output.channels;
  return { parameters: parameters + classes, bflops: (2 * operations) / 1e9 };
}
