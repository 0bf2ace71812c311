// CSPResNet-10: one bottleneck per CSP stage, after the pattern of CSPResNet-50. Inferred from its parameters and
// BFLOPs alone; other widths fit as well.

import { cspStage, splitByConvolutions } from '../blocks/csp-stage.js';
import { bottleneckBlocks } from '../blocks/residual.js';
import type { Feature } from '../builder.js';
import type { Backbone } from '../pyramid.js';
import { resNetStem } from './resnet.js';

const STAGES = [
  { channels: 64, width: 64 },
  { channels: 128, width: 64 },
  { channels: 256, width: 128 },
  { channels: 512, width: 256 },
] as const;

export const cspResNet10: Backbone = (net) => {
  const stage = (x: Feature, place: number) => {
    const { channels, width } = STAGES[place]!;
    return cspStage(net, net.conv(x, channels, 3), {
      split: splitByConvolutions(width, width),
      block: (_net, through) => bottleneckBlocks(net, through, { blocks: 1, width, output: width }),
      fusion: 'both',
      output: width,
    }).output;
  };
  const halve = (x: Feature) => net.maxpool(x, 2, 2);
  const stride4 = stage(resNetStem(net), 0);
  const stride8 = stage(halve(stride4), 1);
  const stride16 = stage(halve(stride8), 2);
  return { stride4, stride8, stride16, stride32: stage(halve(stride16), 3) };
};
