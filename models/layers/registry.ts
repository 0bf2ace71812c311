// Name of a kind -> what it can do. A new kind of layer is one file and one row here.

import type { LayerGraph } from '../graph/graph.js';
import { activationLayer } from './activation-layer.js';
import { avgpool } from './avgpool.js';
import { batchnorm } from './batchnorm.js';
import { bilinearUpsample } from './bilinear-upsample.js';
import { convolutional } from './convolutional.js';
import { cost, dropout } from './dropout.js';
import type { LayerKind } from './kind.js';
import { localAvgpool } from './local-avgpool.js';
import { maxpool } from './maxpool.js';
import { route } from './route.js';
import { sam } from './sam.js';
import { scaleChannels } from './scale-channels.js';
import { shortcut } from './shortcut.js';
import { softmax } from './softmax.js';
import { upsample } from './upsample.js';
import { yolo } from './yolo.js';

const KINDS = {
  activation: activationLayer,
  avgpool,
  batchnorm,
  bilinear_upsample: bilinearUpsample,
  convolutional,
  cost,
  dropout,
  local_avgpool: localAvgpool,
  maxpool,
  route,
  sam,
  scale_channels: scaleChannels,
  shortcut,
  softmax,
  upsample,
  yolo,
};

type LayerOf<Kind> = Kind extends LayerKind<infer L> ? L : never;

/** A layer of any kind above; `kind` tells which. */
export type Layer = LayerOf<(typeof KINDS)[keyof typeof KINDS]>;

/** A network: what Darknet import, ONNX writing, cost and documentation read. */
export type Graph = LayerGraph<Layer>;

export const SECTION_NAMES: readonly string[] = Object.keys(KINDS);

export function layerKind(section: string): LayerKind<Layer> | undefined {
  return Object.hasOwn(KINDS, section) ? (KINDS[section as Layer['kind']] as LayerKind<Layer>) : undefined;
}

/** The kind of a layer that is known to exist. */
export function kindOf(layer: Layer): LayerKind<Layer> {
  return KINDS[layer.kind] as LayerKind<Layer>;
}
