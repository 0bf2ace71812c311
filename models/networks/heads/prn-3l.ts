// PRN with a third scale, at stride 8, that continues the published two; inferred from its BFLOPs.

import { NINE_ANCHORS } from '../anchors.js';
import type { Head } from '../pyramid.js';
import { coarseScale, finerScale } from './prn.js';

export const prn3l: Head = (net, { stride8, stride16, stride32 }) => {
  const coarse = coarseScale(net, stride32);
  net.yolo(coarse.sum, NINE_ANCHORS, [6, 7, 8]);
  const middle = finerScale(net, coarse.spatial, stride16);
  net.yolo(middle.sum, NINE_ANCHORS, [3, 4, 5]);
  net.yolo(finerScale(net, middle.spatial, stride8).sum, NINE_ANCHORS, [0, 1, 2]);
};
