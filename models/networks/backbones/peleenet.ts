// PeleeNet and what the paper compares it with in table 1: SPeleeNet (sparse) and PeleeNeXt (group convolutions).

import { peleeNetStem } from '../blocks/peleenet-stem.js';
import { sparseTwoWayDenseBlock, twoWayDenseBlock } from '../blocks/two-way-dense.js';
import type { Feature, NetworkBuilder } from '../builder.js';
import type { Backbone } from '../pyramid.js';

export interface PeleeNetOptions {
  readonly sparse?: boolean;
  /** Of the transitions' convolutions: 2 in PeleeNeXt. */
  readonly transitionGroups?: number;
  readonly excite?: boolean;
}

const GROWTH = 32;
const STAGES = [
  { layers: 3, bottleneck: 16 },
  { layers: 4, bottleneck: 32 },
  { layers: 8, bottleneck: 64 },
  { layers: 6, bottleneck: 64 },
] as const;

export function peleeNet(options: PeleeNetOptions = {}): Backbone {
  const { sparse = false, transitionGroups: groups = 1, excite = false } = options;
  const block = sparse ? sparseTwoWayDenseBlock : twoWayDenseBlock;
  return (net) => {
    const stem = net.conv(peleeNetStem(net, { pooledConvolution: false }), 32, 1);
    // The transition works at the stage's resolution; the pool follows.
    const stage = (x: Feature, place: number) => {
      const dense = block(net, x, { ...STAGES[place]!, growth: GROWTH, excite });
      return net.conv(dense, dense.output.channels, 1, { groups });
    };
    const stride4 = stage(stem, 0);
    const stride8 = stage(halve(net, stride4), 1);
    const stride16 = stage(halve(net, stride8), 2);
    return { stride4, stride8, stride16, stride32: stage(halve(net, stride16), 3) };
  };
}

function halve(net: NetworkBuilder, x: Feature): Feature {
  return net.maxpool(x, 2, 2);
}
