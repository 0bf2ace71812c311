// Residual blocks as Darknet's published cfgs have them: no projection, the shortcut adds the channels that both have
// and samples a larger map.

import type { Feature, NetworkBuilder } from '../builder.js';

export interface BottleneckOptions {
  readonly blocks: number;
  /** Channels of the 3x3 convolution. */
  readonly width: number;
  /** Channels of the block's output. */
  readonly output: number;
  /** ResNeXt's groups of the 3x3 convolution. */
  readonly groups?: number;
  /** Of the first block. */
  readonly stride?: number;
}

/** ResNet's and ResNeXt's 1x1, 3x3, 1x1. */
export function bottleneckBlocks(net: NetworkBuilder, input: Feature, options: BottleneckOptions): Feature {
  const { blocks, width, output, groups = 1, stride = 1 } = options;
  let x = input;
  for (let i = 0; i < blocks; i++) {
    const narrow = net.conv(x, width, 1);
    const spatial = net.conv(narrow, width, 3, { groups, stride: i === 0 ? stride : 1 });
    const wide = net.conv(spatial, output, 1, { activation: 'linear' });
    x = net.shortcut(wide, [x], net.options.activation);
  }
  return x;
}

/** ResNet-10's two 3x3. */
export function basicBlock(net: NetworkBuilder, x: Feature, channels: number, stride: number): Feature {
  const first = net.conv(x, channels, 3, { stride });
  return net.shortcut(net.conv(first, channels, 3, { activation: 'linear' }), [x], net.options.activation);
}

/** Darknet-53's 1x1, 3x3; the sum is not activated. */
export function darknetBlocks(net: NetworkBuilder, input: Feature, blocks: number, width: number): Feature {
  let x = input;
  for (let i = 0; i < blocks; i++) {
    const spatial = net.conv(net.conv(x, width, 1), x.output.channels, 3);
    x = net.shortcut(spatial, [x]);
  }
  return x;
}
