// PeleeNet's two-way dense layer: two receptive fields, 3x3 and 5x5, each adds half of the growth.

import type { Feature, NetworkBuilder } from '../builder.js';

export interface DenseOptions {
  readonly layers: number;
  /** Channels that each layer adds. */
  readonly growth: number;
  /** Width of the 1x1 convolution before the 3x3 ones. */
  readonly bottleneck: number;
}

/** @returns the channels that the layer adds, as one feature per way */
function twoWayDenseLayer(net: NetworkBuilder, x: Feature, { growth, bottleneck }: DenseOptions): Feature[] {
  const narrow = net.conv(x, bottleneck, 1);
  const deep = net.conv(net.conv(narrow, growth / 2, 3), growth / 2, 3);
  const shallow = net.conv(net.conv(x, bottleneck, 1), growth / 2, 3);
  return [deep, shallow];
}

/** Every layer reads the concatenation of the input and of all layers before it. */
export function twoWayDenseBlock(net: NetworkBuilder, input: Feature, options: DenseOptions): Feature {
  let x = input;
  for (let i = 0; i < options.layers; i++) x = net.concat(x, ...twoWayDenseLayer(net, x, options));
  return x;
}
