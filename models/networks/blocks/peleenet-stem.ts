// Picture -> map at a quarter of its size: PeleeNet's stem block, two ways of halving side by side.

import type { Feature, NetworkBuilder } from '../builder.js';

/**
 * @param pooledConvolution a 1x1 convolution after the pool: figure 7 shows one in CSPPeleeNet, PeleeNet has none
 * @returns 64 channels
 */
export function peleeNetStem(
  net: NetworkBuilder,
  { pooledConvolution }: { pooledConvolution: boolean },
): Feature {
  const half = net.conv(net.picture, 32, 3, { stride: 2 });
  const pooled = net.maxpool(half, 2, 2);
  const left = pooledConvolution ? net.conv(pooled, 32, 1) : pooled;
  const right = net.conv(net.conv(half, 16, 1), 32, 3, { stride: 2 });
  return net.concat(left, right);
}
