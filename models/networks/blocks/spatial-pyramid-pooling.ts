// SPP: the map beside its largest values over windows of 5, 9 and 13 cells.

import type { Feature, NetworkBuilder } from '../builder.js';

/** @returns four times the channels */
export function spatialPyramidPooling(net: NetworkBuilder, x: Feature): Feature {
  const pools = [5, 9, 13].map((size) => net.maxpool(x, size, 1));
  return net.concat(...pools.reverse(), x);
}
