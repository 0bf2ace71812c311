// Darknet Reference, and its form for YOLOv3-tiny: 3x3 convolutions and pools in turn.

import type { Feature, NetworkBuilder } from '../builder.js';
import type { Backbone } from '../pyramid.js';

/** The classifier: darknet.cfg, seven convolutions, its last map at a 64th of the picture. */
export function darknetReference(net: NetworkBuilder): Feature {
  const { stride32 } = tinyStages(net);
  return net.conv(net.maxpool(stride32, 2, 2), 1024, 3);
}

/** As detectors have it: the last pool keeps the size. */
export function tinyBackbone(lastChannels: 512 | 1024, residual = false): Backbone {
  return (net) => {
    const pyramid = tinyStages(net);
    const last = net.conv(net.maxpool(pyramid.stride32, 2, 1), lastChannels, 3);
    const stride32 = residual ? net.shortcut(last, [pyramid.stride32], net.options.activation) : last;
    return { ...pyramid, stride32 };
  };
}

function tinyStages(net: NetworkBuilder) {
  const stage = (x: Feature, channels: number) => net.conv(net.maxpool(x, 2, 2), channels, 3);
  const stride2 = stage(net.conv(net.picture, 16, 3), 32);
  const stride4 = stage(stride2, 64);
  const stride8 = stage(stride4, 128);
  const stride16 = stage(stride8, 256);
  return { stride4, stride8, stride16, stride32: stage(stride16, 512) };
}
