// [route]: concatenation of channels, optionally of one group of each input.

import { expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { sameSize, shapeText } from '../graph/graph.js';
import { backwards, type LayerKind, unless } from './kind.js';

export interface RouteLayer {
  readonly kind: 'route';
  readonly groups: number;
  readonly groupId: number;
}

export const route: LayerKind<RouteLayer> = {
  section: 'route',

  parse(section: CfgSection, index: number) {
    const groups = section.positive('groups', 1);
    const groupId = section.integer('group_id', 0);
    if (groupId < 0 || groupId >= groups)
      throw expected(`0 to ${groups - 1}`, section.where('group_id'), groupId);
    return { layer: { kind: 'route', groups, groupId }, inputs: section.layers('layers', index) };
  },

  options: ({ index, layer, inputs }) => ({
    layers: backwards(inputs, index),
    ...unless('groups', layer.groups, 1),
    ...unless('group_id', layer.groupId, 0),
  }),

  output(layer, inputs) {
    const first = inputs[0]!;
    let channels = 0;
    for (const input of inputs) {
      if (!sameSize(input, first))
        throw expected(`inputs of one size, ${first.height}x${first.width}`, 'route', shapeText(input));
      if (input.channels % layer.groups !== 0)
        throw expected(`input channels that groups=${layer.groups} divides`, 'route', input.channels);
      channels += input.channels / layer.groups;
    }
    return { ...first, channels };
  },

  onnx({ index, layer, inputShapes }, { graph, values }) {
    const parts = values.map((value, i) => {
      if (layer.groups === 1) return value;
      const width = inputShapes[i]!.channels / layer.groups;
      return graph.channels(value, layer.groupId * width, (layer.groupId + 1) * width, `route_${index}_${i}`);
    });
    return parts.length === 1 ? parts[0]! : graph.node('Concat', parts, `route_${index}`, { axis: 1 });
  },
};
