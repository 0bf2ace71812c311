// The one representation of a network: layers in Darknet's order, each with its inputs and shapes.
// Darknet import, ONNX writing, cost and documentation all read it.

import type { ActivationLayer } from '../layers/activation-layer.js';
import type { AvgpoolLayer } from '../layers/avgpool.js';
import type { BatchnormLayer } from '../layers/batchnorm.js';
import type { BilinearUpsampleLayer } from '../layers/bilinear-upsample.js';
import type { ConvolutionalLayer } from '../layers/convolutional.js';
import type { DropoutLayer } from '../layers/dropout.js';
import type { LocalAvgpoolLayer } from '../layers/local-avgpool.js';
import type { MaxpoolLayer } from '../layers/maxpool.js';
import type { RouteLayer } from '../layers/route.js';
import type { SamLayer } from '../layers/sam.js';
import type { ScaleChannelsLayer } from '../layers/scale-channels.js';
import type { ShortcutLayer } from '../layers/shortcut.js';
import type { SoftmaxLayer } from '../layers/softmax.js';
import type { UpsampleLayer } from '../layers/upsample.js';
import type { YoloLayer } from '../layers/yolo.js';

/** One feature map: channels, height, width. The batch is always 1. */
export interface Shape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Index of the picture among a layer's inputs. */
export const PICTURE = -1;

export type Layer =
  | ActivationLayer
  | AvgpoolLayer
  | BatchnormLayer
  | BilinearUpsampleLayer
  | ConvolutionalLayer
  | DropoutLayer
  | LocalAvgpoolLayer
  | MaxpoolLayer
  | RouteLayer
  | SamLayer
  | ScaleChannelsLayer
  | ShortcutLayer
  | SoftmaxLayer
  | UpsampleLayer
  | YoloLayer;

export interface PlacedLayer<L extends Layer = Layer> {
  readonly index: number;
  readonly layer: L;
  /** Indices of layers, or PICTURE. */
  readonly inputs: readonly number[];
  readonly inputShapes: readonly Shape[];
  readonly output: Shape;
}

export interface Graph {
  readonly input: Shape;
  readonly layers: readonly PlacedLayer[];
}

export function shapeText(shape: Shape): string {
  return `${shape.channels}x${shape.height}x${shape.width}`;
}

export function sameSize(a: Shape, b: Shape): boolean {
  return a.height === b.height && a.width === b.width;
}

export function elements(shape: Shape): number {
  return shape.channels * shape.height * shape.width;
}
