// Exact Fusion Model (figure 6c, layer by layer as in figure 7): each scale fuses its neighbours of the pyramid.
// The convolutions are figure 7's; which map the two pools at its places 126 and 128 read is unknown, so they are left out.

import { NINE_ANCHORS } from '../anchors.js';
import { spatialAttention } from '../blocks/spatial-attention.js';
import { spatialPyramidPooling } from '../blocks/spatial-pyramid-pooling.js';
import type { Feature, NetworkBuilder } from '../builder.js';
import type { Head } from '../pyramid.js';

export interface EfmOptions {
  /** SAM on the fused map of every scale: adds exactly the printed BFLOPs. */
  readonly attention?: boolean;
  /** SPP on the coarsest map, between two Maxouts in place of a convolution: inferred from the printed BFLOPs. */
  readonly pyramidPooling?: boolean;
}

export function efm({ attention = false, pyramidPooling = false }: EfmOptions = {}): Head {
  return (net, { stride4, stride8, stride16, stride32 }) => {
    const weigh = (map: Feature) => (attention ? spatialAttention(net, map) : map);

    // The initial pyramid, as YOLOv3 builds it; Maxout compresses what it takes from the backbone.
    const p5 = net.conv(net.conv(stride32, 256, 1), 256, 3);
    const t5 = pyramidPooling
      ? net.maxout(spatialPyramidPooling(net, net.maxout(p5, 128)), 128)
      : net.conv(p5, 128, 1);
    const p4Input = net.concat(net.upsample(t5), net.maxout(stride16, 128));
    const p4 = net.conv(net.conv(p4Input, 128, 1), 128, 3);
    const t4 = net.conv(p4, 64, 1);
    const m3 = net.maxout(stride8, 64);
    const down3 = net.conv(m3, 64, 3, { stride: 2 });
    const f4 = net.conv(net.conv(net.concat(t4, down3), 64, 1), 64, 3);
    const p3Input = net.shortcut(net.upsample(t4), [m3]);
    const p3 = net.conv(net.conv(p3Input, 64, 1), 64, 3);
    const t3 = net.conv(p3, 32, 1);
    const down2 = net.conv(net.maxout(stride4, 32), 32, 3, { stride: 2 });

    // Each scale with the one below and the one above.
    const q3 = weigh(net.concat(t3, down2, net.upsample(f4)));
    predict(net, q3, 64, [0, 1, 2]);
    const q3Down = net.conv(q3, 64, 3, { stride: 2 });
    const q4 = weigh(net.concat(p4, q3Down, net.upsample(net.maxout(p5, 64))));
    predict(net, q4, 128, [3, 4, 5]);
    const q4Down = net.conv(q4, 128, 3, { stride: 2 });
    const q5 = weigh(net.concat(t5, q4Down));
    predict(net, q5, 128, [6, 7, 8]);
  };
}

function predict(net: NetworkBuilder, x: Feature, width: number, mask: readonly number[]): void {
  net.yolo(net.conv(net.conv(x, width, 1), width, 3), NINE_ANCHORS, mask);
}
