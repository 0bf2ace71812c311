// Anchor boxes of YOLOv3 and YOLOv3-tiny: width and height in pixels of a 416x416 picture.

import type { Anchor } from '../layers/yolo.js';

export const NINE_ANCHORS: readonly Anchor[] = [
  [10, 13],
  [16, 30],
  [33, 23],
  [30, 61],
  [62, 45],
  [59, 119],
  [116, 90],
  [156, 198],
  [373, 326],
];

export const SIX_ANCHORS: readonly Anchor[] = [
  [10, 14],
  [23, 27],
  [37, 58],
  [81, 82],
  [135, 169],
  [344, 319],
];
