// YOLOv4-tiny's backbone: three CSP stages whose computed part is two 3x3 convolutions, split by slicing.

import type { Feature } from '../builder.js';
import type { Backbone } from '../pyramid.js';

export const yolov4TinyBackbone: Backbone = (net) => {
  const stage = (x: Feature) => {
    const base = net.conv(x, x.output.channels, 3);
    const first = net.conv(net.slice(base, 2, 1), base.output.channels / 2, 3);
    const second = net.conv(first, first.output.channels, 3);
    const fused = net.conv(net.concat(second, first), base.output.channels, 1);
    return { fused, output: net.maxpool(net.concat(base, fused), 2, 2) };
  };
  const stem = net.conv(net.conv(net.picture, 32, 3, { stride: 2 }), 64, 3, { stride: 2 });
  const first = stage(stem);
  const second = stage(first.output);
  const third = stage(second.output);
  const stride32 = net.conv(third.output, 512, 3);
  return { stride4: first.fused, stride8: second.fused, stride16: third.fused, stride32 };
};
