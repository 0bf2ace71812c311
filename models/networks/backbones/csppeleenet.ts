// CSPPeleeNet: PeleeNet with partial dense blocks and partial transitions (table 1, figure 7).

import { type CspStage, cspStage, type Fusion, transition } from '../blocks/csp-stage.js';
import { peleeNetStem } from '../blocks/peleenet-stem.js';
import { twoWayDenseBlock } from '../blocks/two-way-dense.js';
import type { Feature, NetworkBuilder } from '../builder.js';
import type { Backbone } from '../pyramid.js';

const GROWTH = 32;
const stages = [
  { layers: 2, bottleneck: 16 },
  { layers: 4, bottleneck: 32 },
  { layers: 8, bottleneck: 64 },
  { layers: 4, bottleneck: 64 },
] as const;

export interface CspPeleeNetOptions {
  /** Share of the channels that passes by the dense block in stages 2 to 4; stage 1 always halves. */
  readonly gamma?: number;
  readonly fusion?: Fusion;
}

export function cspPeleeNet({ gamma = 0.5, fusion = 'both' }: CspPeleeNetOptions = {}): Backbone {
  return (net) => {
    // Without the stem's extra convolution and with a last transition, "fusion last" has the printed BFLOPs.
    const stride4 = peleeNetStem(net, { pooledConvolution: fusion !== 'last' });
    const stage = (x: Feature, place: number) => {
      const { layers, bottleneck } = stages[place]!;
      const bypass = x.output.channels * (place === 0 ? 0.5 : gamma);
      const block = (n: NetworkBuilder, part: Feature) =>
        twoWayDenseBlock(n, part, { layers, growth: GROWTH, bottleneck });
      const through = x.output.channels - bypass;
      return cspStage(net, x, { bypass, through, block, fusion, pool: place < stages.length - 1 });
    };
    const first = stage(stride4, 0);
    const second = stage(first.output, 1);
    const third = stage(second.output, 2);
    const last: CspStage = stage(third.output, 3);
    const stride32 = fusion === 'last' ? transition(net, last.output) : last.output;
    return { stride4, stride8: second.fused, stride16: third.fused, stride32 };
  };
}
