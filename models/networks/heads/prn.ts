// Partial residual network head: YOLOv3-tiny's two scales, joined by partial shortcuts where YOLOv3 concatenates.
// As in the published yolov3-tiny-prn.cfg.

import { SIX_ANCHORS } from '../anchors.js';
import type { Feature, NetworkBuilder } from '../builder.js';
import type { Head } from '../pyramid.js';

export const prn: Head = (net, { stride16, stride32 }) => {
  const coarse = coarseScale(net, stride32);
  net.yolo(coarse.sum, SIX_ANCHORS, [3, 4, 5]);
  net.yolo(finerScale(net, coarse.spatial, stride16).sum, SIX_ANCHORS, [1, 2, 3]);
};

interface Scale {
  readonly sum: Feature;
  /** The 3x3 convolution before the sum, which the next scale reads. */
  readonly spatial: Feature;
}

/** 256 channels at the backbone's last map. */
export function coarseScale(net: NetworkBuilder, x: Feature): Scale {
  const narrow = net.conv(x, 256, 1);
  const spatial = net.conv(narrow, 256, 3);
  return { sum: net.shortcut(spatial, [narrow], net.options.activation), spatial };
}

/** 128 channels at twice the size of `coarser`, with what overlaps of `tap` added before and after. */
export function finerScale(net: NetworkBuilder, coarser: Feature, tap: Feature): Scale {
  const { activation } = net.options;
  const up = net.upsample(net.conv(coarser, 128, 1));
  const spatial = net.conv(net.shortcut(up, [tap], activation), 128, 3);
  const sum = net.shortcut(net.shortcut(spatial, [up], activation), [tap], activation);
  return { sum, spatial };
}
