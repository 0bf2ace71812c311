// What Darknet needs to train a network, beyond the network itself.

import type { CfgOptions } from '../layers/kind.js';

/** [net] of a detector: the paper's schedule (section 4.1), Darknet's usual augmentation. */
export const DETECTOR_TRAINING: CfgOptions = {
  batch: 64,
  subdivisions: 8,
  momentum: 0.9,
  decay: 0.0005,
  angle: 0,
  saturation: 1.5,
  exposure: 1.5,
  hue: 0.1,
  learning_rate: 0.001,
  burn_in: 1000,
  max_batches: 500_000,
  policy: 'steps',
  steps: '400000,450000',
  scales: '.1,.1',
};

/** [net] of a classifier: as Darknet's ImageNet networks train. */
export const CLASSIFIER_TRAINING: CfgOptions = {
  batch: 128,
  subdivisions: 4,
  momentum: 0.9,
  decay: 0.0005,
  min_crop: 128,
  max_crop: 320,
  angle: 7,
  saturation: 0.75,
  exposure: 0.75,
  hue: 0.1,
  aspect: 0.75,
  learning_rate: 0.1,
  burn_in: 1000,
  max_batches: 800_000,
  policy: 'poly',
  power: 4,
};

/** [yolo]: CIoU with several positive anchors per object. */
export const HEAD_TRAINING: CfgOptions = {
  jitter: 0.3,
  ignore_thresh: 0.7,
  truth_thresh: 1,
  iou_thresh: 0.213,
  iou_loss: 'ciou',
  iou_normalizer: 0.07,
  cls_normalizer: 1,
  max_delta: 5,
};
