// CSPPeleeNet with "fusion first" (figure 3c): concatenate, then one plain transition. The table's three figures fit
// PeleeNet's own depths, the whole input passing by and gamma acting on the computed part alone; inferred from them.

import { cspStage, type Split } from '../blocks/csp-stage.js';
import { peleeNetStem } from '../blocks/peleenet-stem.js';
import { twoWayDenseBlock } from '../blocks/two-way-dense.js';
import type { Feature } from '../builder.js';
import type { Backbone } from '../pyramid.js';

const GROWTH = 32;
const STAGES = [
  { layers: 3, bottleneck: 16 },
  { layers: 4, bottleneck: 32 },
  { layers: 8, bottleneck: 64 },
  { layers: 6, bottleneck: 64 },
] as const;

/** @param gamma share of the channels that the dense blocks do not see */
export function cspPeleeNetFusionFirst(gamma: number): Backbone {
  const split: Split = (net, x) => ({
    bypass: x,
    through: net.conv(x, x.output.channels * (1 - gamma), 1),
  });
  return (net) => {
    const stride4 = peleeNetStem(net, { pooledConvolution: false });
    const stage = (x: Feature, place: number) => {
      const options = { ...STAGES[place]!, growth: GROWTH };
      const last = place === STAGES.length - 1;
      return cspStage(net, x, {
        split,
        block: (_net, part) => twoWayDenseBlock(net, part, options),
        fusion: last ? 'none' : 'first',
        pool: !last,
        output: x.output.channels + options.layers * GROWTH,
      });
    };
    const first = stage(stride4, 0);
    const second = stage(first.output, 1);
    const third = stage(second.output, 2);
    const stride32 = stage(third.output, 3).output;
    return { stride4, stride8: second.fused, stride16: third.fused, stride32 };
  };
}
