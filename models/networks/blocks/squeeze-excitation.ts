// SE: one factor per channel from the mean of each, through a bottleneck of half the channels.

import type { Feature, NetworkBuilder } from '../builder.js';

export function squeezeExcitation(net: NetworkBuilder, map: Feature): Feature {
  const { channels } = map.output;
  const options = { batchNormalize: false };
  const squeezed = net.conv(net.globalAverage(map), channels / 2, 1, options);
  return net.scaleChannels(map, net.conv(squeezed, channels, 1, { ...options, activation: 'logistic' }));
}
