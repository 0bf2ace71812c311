// SAM: a 1x1 convolution with sigmoid weighs every value of the map, YOLOv4's form of spatial attention.

import type { Feature, NetworkBuilder } from '../builder.js';

export function spatialAttention(net: NetworkBuilder, map: Feature): Feature {
  return net.attend(map, net.conv(map, map.output.channels, 1, { activation: 'logistic' }));
}
