// CSPResNet-50 and CSPResNeXt-50 as the paper's repository publishes them (csresnet50, csresnext50).

import { cspStage, splitByConvolutions } from '../blocks/csp-stage.js';
import { bottleneckBlocks } from '../blocks/residual.js';
import type { Feature } from '../builder.js';
import type { Backbone } from '../pyramid.js';
import { resNetStem } from './resnet.js';

const BLOCKS_OF_STAGES = [3, 3, 5, 2] as const;

interface Widths {
  /** Channels of both parts of stage 1; doubles with every stage. */
  readonly part: number;
  /** Channels of the blocks' 3x3 convolutions in stage 1. */
  readonly bottleneck: number;
  /** Channels of stage 1's output. */
  readonly output: number;
  readonly groups: number;
}

function cspResNetLike({ part, bottleneck, output, groups }: Widths): Backbone {
  return (net) => {
    const stage = (x: Feature, place: number) => {
      const scale = 2 ** place;
      const width = part * scale;
      const blocks = {
        blocks: BLOCKS_OF_STAGES[place]!,
        width: bottleneck * scale,
        output: width,
        groups,
      };
      // Stage 1 computes on 64 channels, which the first shortcut adds in part; stages 2 and 3 split without activation.
      const split =
        place === 0
          ? splitByConvolutions(width, 64)
          : splitByConvolutions(width, width, place < 3 ? 'linear' : undefined);
      return cspStage(net, x, {
        split,
        block: (_net, through) => bottleneckBlocks(net, through, blocks),
        fusion: 'both',
        output: output * scale,
      }).output;
    };
    const halve = (x: Feature) => net.conv(x, x.output.channels, 3, { stride: 2, groups });
    const stride4 = stage(resNetStem(net), 0);
    const stride8 = stage(halve(stride4), 1);
    const stride16 = stage(halve(stride8), 2);
    return { stride4, stride8, stride16, stride32: stage(halve(stride16), 3) };
  };
}

export const cspResNet50 = cspResNetLike({ part: 128, bottleneck: 64, output: 128, groups: 1 });
export const cspResNeXt50 = cspResNetLike({ part: 128, bottleneck: 128, output: 256, groups: 32 });
