// Context Enhancement Module of ThunderNet: one map at stride 16 gathers three scales and serves all three.
// Inferred: table 2's BFLOPs fit, the paper shows no figure of it.

import { NINE_ANCHORS } from '../anchors.js';
import { spatialAttention } from '../blocks/spatial-attention.js';
import type { Feature, NetworkBuilder } from '../builder.js';
import type { Head, Pyramid } from '../pyramid.js';

/** @returns 128 channels at stride 16: the local map, the coarser one, and the mean of the coarser one everywhere */
export function gatherContext(net: NetworkBuilder, { stride16, stride32 }: Pyramid): Feature {
  const top = net.conv(net.conv(net.conv(stride32, 256, 1), 256, 3), 128, 1);
  const local = net.conv(stride16, 128, 1);
  // The mean at every cell. The factor is the map's size, so that this head trains at one size only.
  const everywhere = net.upsample(net.globalAverage(top), stride16.output.height);
  // One by one: OpenCV's reader adds only the first of several.
  return net.shortcut(net.shortcut(net.upsample(top), [local]), [everywhere]);
}

export function cem({ attention = false }: { readonly attention?: boolean } = {}): Head {
  return (net, pyramid) => {
    const weigh = (map: Feature) => (attention ? spatialAttention(net, map) : map);
    const gathered = gatherContext(net, pyramid);
    const fine = net.conv(net.conv(weigh(net.upsample(gathered)), 64, 1), 64, 3);
    net.yolo(fine, NINE_ANCHORS, [0, 1, 2]);
    net.yolo(net.conv(weigh(gathered), 128, 3), NINE_ANCHORS, [3, 4, 5]);
    net.yolo(net.conv(weigh(net.maxpool(gathered, 2, 2)), 128, 3), NINE_ANCHORS, [6, 7, 8]);
  };
}
