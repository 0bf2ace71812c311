// [sam]: the map `from` times the attention just computed, element by element (YOLOv4's form of SAM).

import { expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { sameSize, shapeText } from '../graph/graph.js';
import { type Activation, addActivation, parseActivation } from './activation.js';
import { backwards, type LayerKind, previous } from './kind.js';

export interface SamLayer {
  readonly kind: 'sam';
  readonly activation: Activation;
}

export const sam: LayerKind<SamLayer> = {
  section: 'sam',

  parse(section: CfgSection, index: number) {
    const activation = parseActivation(section.text('activation') ?? 'linear', section.where('activation'));
    return { layer: { kind: 'sam', activation }, inputs: [previous(index), section.layer('from', index)] };
  },

  options: ({ index, layer, inputs }) => ({
    from: backwards(inputs.slice(1), index),
    activation: layer.activation,
  }),

  output(_layer, [gate, map]) {
    if (!sameSize(gate!, map!) || gate!.channels !== map!.channels)
      throw expected(`a map of ${shapeText(gate!)}`, 'sam', shapeText(map!));
    return map!;
  },

  onnx({ index, layer }, { graph, values }) {
    const product = graph.node('Mul', [values[0]!, values[1]!], `sam_${index}`);
    return addActivation(graph, layer.activation, product, `sam_${index}`);
  },
};
