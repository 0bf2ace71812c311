// [activation]: an activation on its own, for networks that normalise and activate before they convolve.

import type { CfgSection } from '../darknet/cfg.js';
import { type Activation, addActivation, parseActivation } from './activation.js';
import { type LayerKind, previous } from './kind.js';

export interface ActivationLayer {
  readonly kind: 'activation';
  readonly activation: Activation;
}

export const activationLayer: LayerKind<ActivationLayer> = {
  section: 'activation',
  parse(section: CfgSection, index: number) {
    const activation = parseActivation(section.text('activation') ?? 'linear', section.where('activation'));
    return { layer: { kind: 'activation', activation }, inputs: [previous(index)] };
  },
  options: ({ layer }) => ({ activation: layer.activation }),
  output: (_layer, [input]) => input!,
  onnx: ({ index, layer }, { graph, values }) =>
    addActivation(graph, layer.activation, values[0]!, `activation_${index}`),
};
