// Elastic's dense layer: a branch at full and a branch at half resolution, summed; normalised and activated beforehand.

import type { Feature, NetworkBuilder } from '../builder.js';

const GROWTH = 32;
const BOTTLENECK = 64;

/** @param scaled false where the map is too small to halve: both branches then work at full resolution */
export function elasticDenseBlock(
  net: NetworkBuilder,
  input: Feature,
  { layers, scaled }: { readonly layers: number; readonly scaled: boolean },
): Feature {
  let x = input;
  for (let i = 0; i < layers; i++) {
    const ready = net.preactivate(x);
    const full = branch(net, ready);
    const half = scaled ? net.interpolate(branch(net, net.averagePool(ready))) : branch(net, ready);
    x = net.concat(x, net.shortcut(full, [half]));
  }
  return x;
}

function branch(net: NetworkBuilder, x: Feature): Feature {
  const narrow = net.conv(x, BOTTLENECK, 1);
  return net.conv(narrow, GROWTH, 3, { batchNormalize: false, activation: 'linear' });
}

/** 1x1 convolution of the normalised and activated map. */
export function preactivatedTransition(net: NetworkBuilder, x: Feature, channels: number): Feature {
  return net.conv(net.preactivate(x), channels, 1, { batchNormalize: false, activation: 'linear' });
}
