// [softmax]: class probabilities of a classifier.

import { expected } from '../../agent/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
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
  output: (_layer, [input]) => input!,
  onnx: ({ index }, { graph, values }) =>
    graph.node('Softmax', [values[0]!], `softmax_${index}`, { axis: 1 }),
};
