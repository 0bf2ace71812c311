// YOLOv3-tiny's head: two scales, joined by concatenation.

import { SIX_ANCHORS } from '../anchors.js';
import type { Head } from '../pyramid.js';

export const yolov3Tiny: Head = (net, { stride16, stride32 }) => {
  const narrow = net.conv(stride32, 256, 1);
  net.yolo(net.conv(narrow, 512, 3), SIX_ANCHORS, [3, 4, 5]);
  const joined = net.concat(net.upsample(net.conv(narrow, 128, 1)), stride16);
  net.yolo(net.conv(joined, 256, 3), SIX_ANCHORS, [0, 1, 2]);
};
