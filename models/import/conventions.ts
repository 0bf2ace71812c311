// Family of networks -> colours, range and resizing that its training scripts and exporters use.

import type { Convention } from './facts.js';

const BYTES = { mean: [0, 0, 0], deviation: [1, 1, 1] } as const;
const UNIT = { mean: [0, 0, 0], deviation: [255, 255, 255] } as const;
/** 0.485, 0.456, 0.406 and 0.229, 0.224, 0.225 of ImageNet, for bytes. */
const IMAGENET = {
  mean: [123.675, 116.28, 103.53],
  deviation: [58.395, 57.12, 57.375],
} as const;
const STRETCH = { kind: 'stretch' } as const;
const CENTRED = { kind: 'letterbox', align: 'centre', padding: 114 } as const;

const convention = (
  colour: Convention['colour'],
  { mean, deviation }: { readonly mean: readonly number[]; readonly deviation: readonly number[] },
  resize: Convention['resize'],
): Convention => ({
  colour,
  mean: [...mean] as Convention['mean'],
  deviation: [...deviation] as Convention['deviation'],
  resize,
});

/** Megvii's ValTransform: no normalisation since version 0.1.1. */
export const YOLOX = convention('BGR', BYTES, { kind: 'letterbox', align: 'top-left', padding: 114 });
/** YOLOv5 to v11 and YOLO26, and what follows their scripts (v6, v7). */
export const ULTRALYTICS = convention('RGB', UNIT, CENTRED);
/** Ultralytics' RT-DETR stretches, and so do the official RT-DETR, D-FINE and DEIM. */
export const RT_DETR = convention('RGB', UNIT, STRETCH);
/** DETR pads at the right and below, with zeros after normalisation: the mean colour. */
export const DETR = convention('RGB', IMAGENET, { kind: 'letterbox', align: 'top-left', padding: 116 });
/** RF-DETR and the SSDs of the ONNX zoo. */
export const STRETCHED_IMAGENET = convention('RGB', IMAGENET, STRETCH);
/** NanoDet's configurations; its demo does not keep the ratio. */
export const NANODET = convention(
  'BGR',
  { mean: [103.53, 116.28, 123.675], deviation: [57.375, 57.12, 58.395] },
  STRETCH,
);
/** TensorFlow's detection models scale within the graph. */
export const TENSORFLOW = convention('RGB', BYTES, STRETCH);
/** torchvision's detectors normalise within the graph, from 0 to 1. */
export const TORCHVISION = convention('RGB', UNIT, STRETCH);
