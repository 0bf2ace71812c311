// [softmax]: class probabilities of a classifier.

import { expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { shapeText } from '../graph/graph.js';
import { type LayerKind, previous } from './kind.js';

export interface SoftmaxLayer {
  readonly kind: 'softmax';
}

export const softmax: LayerKind<SoftmaxLayer> = {
  section: 'softmax',

  parse(section: CfgSection, index: number) {
    const groups = section.positive('groups', 1);
    if (groups !== 1) throw expected('1 or absent', section.where('groups'), groups);
    return { layer: { kind: 'softmax' }, inputs: [previous(index)] };
  },

  options: () => ({}),

  output(_layer, [input]) {
    // Darknet's runs over the whole map, not over each cell's channels.
    if (input!.height !== 1 || input!.width !== 1)
      throw expected('a map of one cell', 'softmax', shapeText(input!));
    return input!;
  },

  onnx: ({ index }, { graph, values }) =>
    graph.node('Softmax', [values[0]!], `softmax_${index}`, { axis: 1 }),
};
