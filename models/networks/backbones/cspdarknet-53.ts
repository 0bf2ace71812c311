// CSPDarknet-53 as the paper's repository publishes it (csdarknet53): Darknet-53's residual stages as CSP stages.

import { cspStage, splitByConvolutions } from '../blocks/csp-stage.js';
import { darknetBlocks } from '../blocks/residual.js';
import type { Feature } from '../builder.js';
import type { Backbone } from '../pyramid.js';

export const cspDarknet53: Backbone = (net) => {
  const stage = (x: Feature, channels: number, blocks: number) => {
    const down = net.conv(x, channels, 3, { stride: 2 });
    // The first stage is too narrow to halve.
    const part = channels === 64 ? 64 : channels / 2;
    return cspStage(net, down, {
      split: splitByConvolutions(part, part),
      block: (_net, through) => darknetBlocks(net, through, blocks, channels === 64 ? 32 : part),
      fusion: 'both',
      output: channels,
    }).output;
  };
  const stride2 = stage(net.conv(net.picture, 32, 3), 64, 1);
  const stride4 = stage(stride2, 128, 2);
  const stride8 = stage(stride4, 256, 8);
  const stride16 = stage(stride8, 512, 8);
  return { stride4, stride8, stride16, stride32: stage(stride16, 1024, 4) };
};
