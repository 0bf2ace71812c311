// CSPDenseNet Reference and its "b" form: three CSP stages of one-way dense layers, split by slicing. The wiring is
// inferred: the detector rows of table 4 fit, the paper shows no figure of it.

import { cspStage, type Split } from '../blocks/csp-stage.js';
import { denseBlock } from '../blocks/dense.js';
import type { Feature } from '../builder.js';
import type { Backbone } from '../pyramid.js';

const STAGES = [
  { layers: 4, growth: 16, bottleneck: 16 },
  { layers: 4, growth: 32, bottleneck: 64 },
  { layers: 2, growth: 128, bottleneck: 128 },
] as const;

const split: Split = (net, x) => ({
  bypass: net.slice(x, 2, 0),
  through: net.conv(x, x.output.channels / 2, 1),
});

/** @param lastSize kernel of the last convolution: 3, or 1 in the "b" form */
export function cspDenseNetReference(lastSize: 1 | 3): Backbone {
  return (net) => {
    const half = net.conv(net.picture, 32, 3, { stride: 2 });
    const stride4 = net.conv(half, 64, 3, { stride: 2 });
    const stage = (x: Feature, place: number) =>
      cspStage(net, x, {
        split,
        block: (_net, part) => denseBlock(net, part, STAGES[place]!),
        fusion: place < STAGES.length - 1 ? 'first' : 'none',
        pool: true,
      });
    const first = stage(stride4, 0);
    const second = stage(first.output, 1);
    const third = stage(second.output, 2);
    const stride32 = net.conv(third.output, 512, lastSize);
    return { stride4, stride8: second.fused, stride16: third.fused, stride32 };
  };
}
