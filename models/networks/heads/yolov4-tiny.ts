// YOLOv4-tiny's head: YOLOv3-tiny's with centres that reach a little beyond their cell.

import { SIX_ANCHORS } from '../anchors.js';
import type { Head } from '../pyramid.js';

const SCALE_XY = 1.05;

export const yolov4Tiny: Head = (net, { stride16, stride32 }) => {
  const narrow = net.conv(stride32, 256, 1);
  net.yolo(net.conv(narrow, 512, 3), SIX_ANCHORS, [3, 4, 5], SCALE_XY);
  const joined = net.concat(net.upsample(net.conv(narrow, 128, 1)), stride16);
  net.yolo(net.conv(joined, 256, 3), SIX_ANCHORS, [1, 2, 3], SCALE_XY);
};
