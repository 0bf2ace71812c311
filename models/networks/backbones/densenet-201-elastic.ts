// DenseNet-201-Elastic after its public reference implementation, and the CSP form, which the paper does not draw:
// of the two forms that fit its figures this is the one within half a percent in both; inferred from them.

import { elasticDenseBlock, preactivatedTransition } from '../blocks/elastic-dense.js';
import type { Feature, NetworkBuilder } from '../builder.js';
import type { Backbone } from '../pyramid.js';

const LAYERS_OF_STAGES = [10, 20, 40, 30] as const;

/** A dense block, then half of the channels at half of the size. */
export const denseNet201Elastic: Backbone = (net) =>
  stages(net, (x, layers, last) => {
    const dense = elasticDenseBlock(net, x, { layers, scaled: !last });
    if (last) return { fused: dense, output: net.preactivate(dense) };
    const narrow = preactivatedTransition(net, dense, dense.output.channels / 2);
    return { fused: dense, output: net.averagePool(narrow) };
  });

/** Half of the channels pass by; the other half is a convolution of all; one transition, after the pool. */
export const cspDenseNet201Elastic: Backbone = (net) =>
  stages(net, (x, layers, last) => {
    const half = x.output.channels / 2;
    const bypass = net.slice(x, 2, 0);
    const dense = elasticDenseBlock(net, preactivatedTransition(net, x, half), { layers, scaled: !last });
    const fused = net.concat(dense, bypass);
    const { channels } = fused.output;
    if (last) return { fused, output: net.preactivate(preactivatedTransition(net, fused, channels)) };
    return { fused, output: preactivatedTransition(net, net.averagePool(fused), channels / 2) };
  });

function stages(
  net: NetworkBuilder,
  stage: (x: Feature, layers: number, last: boolean) => { fused: Feature; output: Feature },
) {
  const stem = net.maxpool(net.conv(net.picture, 64, 7, { stride: 2 }), 3, 2);
  const first = stage(stem, LAYERS_OF_STAGES[0], false);
  const second = stage(first.output, LAYERS_OF_STAGES[1], false);
  const third = stage(second.output, LAYERS_OF_STAGES[2], false);
  const stride32 = stage(third.output, LAYERS_OF_STAGES[3], true).output;
  return { stride4: first.fused, stride8: second.fused, stride16: third.fused, stride32 };
}
