// [scale_channels]: the map `from` times one factor per channel (squeeze and excitation), or per cell (scale_wh).

import { expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { sameSize, shapeText } from '../graph/graph.js';
import { type Activation, addActivation, parseActivation } from './activation.js';
import { backwards, type LayerKind, previous, unless } from './kind.js';

export interface ScaleChannelsLayer {
  readonly kind: 'scale_channels';
  readonly perCell: boolean;
  readonly activation: Activation;
}

export const scaleChannels: LayerKind<ScaleChannelsLayer> = {
  section: 'scale_channels',

  parse(section: CfgSection, index: number) {
    const layer: ScaleChannelsLayer = {
      kind: 'scale_channels',
      perCell: section.integer('scale_wh', 0) !== 0,
      activation: parseActivation(section.text('activation') ?? 'linear', section.where('activation')),
    };
    return { layer, inputs: [previous(index), section.layer('from', index)] };
  },

  options: ({ index, layer, inputs }) => ({
    from: backwards(inputs.slice(1), index),
    ...unless('scale_wh', layer.perCell ? 1 : 0, 0),
    activation: layer.activation,
  }),

  output(layer, [factors, map]) {
    const fits = layer.perCell
      ? factors!.channels === 1 && sameSize(factors!, map!)
      : factors!.channels === map!.channels && factors!.height === 1 && factors!.width === 1;
    if (!fits) throw expected(`factors that fit ${shapeText(map!)}`, 'scale_channels', shapeText(factors!));
    return map!;
  },

  onnx({ index, layer }, { graph, values }) {
    const product = graph.node('Mul', [values[1]!, values[0]!], `scale_${index}`);
    return addActivation(graph, layer.activation, product, `scale_${index}`);
  },
};
