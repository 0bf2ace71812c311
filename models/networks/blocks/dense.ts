// DenseNet's layer, a 1x1 bottleneck and a 3x3 convolution whose output is added to what all later layers read.

import type { Feature, NetworkBuilder } from '../builder.js';

export interface DenseOptions {
  readonly layers: number;
  readonly growth: number;
  readonly bottleneck: number;
}

export function denseBlock(net: NetworkBuilder, input: Feature, options: DenseOptions): Feature {
  const { layers, growth, bottleneck } = options;
  let x = input;
  for (let i = 0; i < layers; i++) x = net.concat(x, net.conv(net.conv(x, bottleneck, 1), growth, 3));
  return x;
}
