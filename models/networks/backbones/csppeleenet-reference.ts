// CSPPeleeNet Reference and its "b" form: three shallow CSP stages of two-way dense layers. The wiring is inferred:
// parameters and BFLOPs of tables 3 and 4 fit, the paper shows no figure of it.

import { cspStage, splitByConvolutions } from '../blocks/csp-stage.js';
import { twoWayDenseBlock } from '../blocks/two-way-dense.js';
import type { Feature } from '../builder.js';
import type { Backbone } from '../pyramid.js';

const STAGES = [
  { layers: 2, growth: 32, bottleneck: 8 },
  { layers: 2, growth: 64, bottleneck: 16 },
  { layers: 2, growth: 128, bottleneck: 64 },
] as const;

/** @param lastSize kernel of the last convolution: 3, or 1 in the "b" form */
export function cspPeleeNetReference(lastSize: 1 | 3): Backbone {
  return (net) => {
    const full = net.conv(net.picture, 16, 3);
    const half = net.conv(net.maxpool(full, 2, 2), 32, 3);
    const stride4 = net.conv(net.maxpool(half, 2, 2), 64, 3);
    const stage = (x: Feature, place: number) => {
      const width = x.output.channels / 2;
      return cspStage(net, x, {
        split: splitByConvolutions(width, width),
        block: (_net, part) => twoWayDenseBlock(net, part, STAGES[place]!),
        fusion: 'both',
        pool: true,
      });
    };
    const first = stage(stride4, 0);
    const second = stage(first.output, 1);
    const third = stage(second.output, 2);
    const stride32 = net.conv(net.conv(third.output, 512, 1), 512, lastSize);
    return { stride4, stride8: second.fused, stride16: third.fused, stride32 };
  };
}
