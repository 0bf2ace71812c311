// PANet with spatial pyramid pooling, as in the published csresnext50-panet-spp.cfg and YOLOv4: top down, then bottom up.

import { NINE_ANCHORS } from '../anchors.js';
import { spatialPyramidPooling } from '../blocks/spatial-pyramid-pooling.js';
import type { Feature, NetworkBuilder } from '../builder.js';
import type { Head } from '../pyramid.js';

export const panetSpp: Head = (net, { stride8, stride16, stride32 }) => {
  const pooled = spatialPyramidPooling(net, alternate(net, stride32, 512, 3));
  const top = alternate(net, pooled, 512, 3);
  const middle = alternate(net, lateral(net, top, stride16, 256), 256, 5);
  const fine = alternate(net, lateral(net, middle, stride8, 128), 128, 5);
  net.yolo(net.conv(fine, 256, 3), NINE_ANCHORS, [0, 1, 2]);

  const middleUp = alternate(net, joinFiner(net, fine, middle), 256, 5);
  net.yolo(net.conv(middleUp, 512, 3), NINE_ANCHORS, [3, 4, 5]);
  const topUp = alternate(net, joinFiner(net, middleUp, top), 512, 5);
  net.yolo(net.conv(topUp, 1024, 3), NINE_ANCHORS, [6, 7, 8]);
};

/** 1x1 of `width` and 3x3 of twice the width in turn, beginning and ending with 1x1. */
function alternate(net: NetworkBuilder, input: Feature, width: number, convolutions: number): Feature {
  let x = input;
  for (let i = 0; i < convolutions; i++) x = i % 2 === 0 ? net.conv(x, width, 1) : net.conv(x, 2 * width, 3);
  return x;
}

function lateral(net: NetworkBuilder, coarser: Feature, tap: Feature, width: number): Feature {
  const up = net.upsample(net.conv(coarser, width, 1));
  return net.concat(net.conv(tap, width, 1), up);
}

function joinFiner(net: NetworkBuilder, finer: Feature, same: Feature): Feature {
  return net.concat(net.conv(finer, same.output.channels, 3, { stride: 2 }), same);
}
