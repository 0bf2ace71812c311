// ResNet-10, ResNet-50 and ResNeXt-50 as Darknet's published cfgs have them (resnet10, resnet50, resnext50).

import { basicBlock, bottleneckBlocks } from '../blocks/residual.js';
import type { Feature, NetworkBuilder } from '../builder.js';
import type { Backbone } from '../pyramid.js';

export function resNetStem(net: NetworkBuilder): Feature {
  return net.maxpool(net.conv(net.picture, 64, 7, { stride: 2 }), 2, 2);
}

export const resNet10: Backbone = (net) => {
  const stride4 = basicBlock(net, resNetStem(net), 64, 1);
  const stride8 = basicBlock(net, stride4, 128, 2);
  const stride16 = basicBlock(net, stride8, 256, 2);
  return { stride4, stride8, stride16, stride32: basicBlock(net, stride16, 512, 2) };
};

const STAGES = [
  { blocks: 3, output: 256, stride: 1 },
  { blocks: 4, output: 512, stride: 2 },
  { blocks: 6, output: 1024, stride: 2 },
  { blocks: 3, output: 2048, stride: 2 },
] as const;

/** @param options ResNet: a quarter of the output, one group; ResNeXt: half of it, 32 groups */
function resNet50Like(options: { readonly narrowing: number; readonly groups: number }): Backbone {
  return (net) => {
    const stage = (x: Feature, place: number) => {
      const { output } = STAGES[place]!;
      const { narrowing, groups } = options;
      return bottleneckBlocks(net, x, { ...STAGES[place]!, width: output / narrowing, groups });
    };
    const stride4 = stage(resNetStem(net), 0);
    const stride8 = stage(stride4, 1);
    const stride16 = stage(stride8, 2);
    return { stride4, stride8, stride16, stride32: stage(stride16, 3) };
  };
}

export const resNet50 = resNet50Like({ narrowing: 4, groups: 1 });
export const resNeXt50 = resNet50Like({ narrowing: 2, groups: 32 });
