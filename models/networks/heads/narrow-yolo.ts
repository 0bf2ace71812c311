// The PRN head with concatenation in place of its shortcuts: what figure 7 calls PeleeNet-YOLO. Inferred from its
// bottleneck, which the paper gives as five times that of CSPPeleeNet-EFM.

import { SIX_ANCHORS } from '../anchors.js';
import type { Head } from '../pyramid.js';

export const narrowYolo: Head = (net, { stride16, stride32 }) => {
  const spatial = net.conv(net.conv(stride32, 256, 1), 256, 3);
  net.yolo(spatial, SIX_ANCHORS, [3, 4, 5]);
  const joined = net.concat(net.upsample(net.conv(spatial, 128, 1)), stride16);
  net.yolo(net.conv(joined, 128, 3), SIX_ANCHORS, [1, 2, 3]);
};
