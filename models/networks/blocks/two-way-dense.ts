// PeleeNet's two-way dense layer: two receptive fields, 3x3 and 5x5, each adds half of the growth.

import type { Feature, NetworkBuilder } from '../builder.js';
import { squeezeExcitation } from './squeeze-excitation.js';

export interface TwoWayDenseOptions {
  readonly layers: number;
  /** Channels that each layer adds. */
  readonly growth: number;
  /** Width of the 1x1 convolutions before the 3x3 ones. */
  readonly bottleneck: number;
  /** Squeeze and excitation of what each layer adds (SECSPPeleeNet). */
  readonly excite?: boolean;
}

/** @returns what the layer adds, to be concatenated */
function twoWayDenseLayer(net: NetworkBuilder, x: Feature, options: TwoWayDenseOptions): Feature[] {
  const { growth, bottleneck, excite = false } = options;
  const deep = net.conv(net.conv(net.conv(x, bottleneck, 1), growth / 2, 3), growth / 2, 3);
  const shallow = net.conv(net.conv(x, bottleneck, 1), growth / 2, 3);
  return excite ? [squeezeExcitation(net, net.concat(deep, shallow))] : [deep, shallow];
}

/** Every layer reads the block's input and what all layers before it added. */
export function twoWayDenseBlock(net: NetworkBuilder, input: Feature, options: TwoWayDenseOptions): Feature {
  let x = input;
  for (let i = 0; i < options.layers; i++) x = net.concat(x, ...twoWayDenseLayer(net, x, options));
  return x;
}

/** SPeleeNet: layer i reads only what layers i-1, i-2, i-4, i-8... added; the block's input counts as layer 0. */
export function sparseTwoWayDenseBlock(
  net: NetworkBuilder,
  input: Feature,
  options: TwoWayDenseOptions,
): Feature {
  const added: Feature[][] = [[input]];
  for (let i = 1; i <= options.layers; i++) {
    const sources: Feature[] = [];
    for (let back = 1; back <= i; back *= 2) sources.push(...added[i - back]!);
    const x = sources.length === 1 ? sources[0]! : net.concat(...sources);
    added.push(twoWayDenseLayer(net, x, options));
  }
  return net.concat(...added.flat());
}
