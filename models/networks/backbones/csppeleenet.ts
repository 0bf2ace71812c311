// CSPPeleeNet: PeleeNet with partial dense blocks and partial transitions (table 1, figure 7).

import { cspStage, type Fusion, splitByConvolutions, transition } from '../blocks/csp-stage.js';
import { peleeNetStem } from '../blocks/peleenet-stem.js';
import { twoWayDenseBlock } from '../blocks/two-way-dense.js';
import type { Feature } from '../builder.js';
import type { Backbone } from '../pyramid.js';

export interface CspPeleeNetOptions {
  /** Share of the channels that passes by the dense block in stages 2 to 4; stage 1 always halves. */
  readonly gamma?: number;
  readonly fusion?: Extract<Fusion, 'last' | 'both'>;
  readonly excite?: boolean;
}

const GROWTH = 32;
const STAGES = [
  { layers: 2, bottleneck: 16 },
  { layers: 4, bottleneck: 32 },
  { layers: 8, bottleneck: 64 },
  { layers: 4, bottleneck: 64 },
] as const;

export function cspPeleeNet(options: CspPeleeNetOptions = {}): Backbone {
  const { gamma = 0.5, fusion = 'both', excite = false } = options;
  return (net) => {
    // "Fusion last" has its printed BFLOPs without the stem's extra convolution and with one last transition.
    const stride4 = peleeNetStem(net, { pooledConvolution: fusion === 'both' });
    const stage = (x: Feature, place: number) => {
      const { channels } = x.output;
      const bypass = channels * (place === 0 ? 0.5 : gamma);
      return cspStage(net, x, {
        split: splitByConvolutions(bypass, channels - bypass),
        block: (_net, part) => twoWayDenseBlock(net, part, { ...STAGES[place]!, growth: GROWTH, excite }),
        fusion,
        pool: place < STAGES.length - 1,
      });
    };
    const first = stage(stride4, 0);
    const second = stage(first.output, 1);
    const third = stage(second.output, 2);
    const last = stage(third.output, 3).output;
    const stride32 = fusion === 'last' ? transition(net, last) : last;
    return { stride4, stride8: second.fused, stride16: third.fused, stride32 };
  };
}
