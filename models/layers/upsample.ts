// [upsample]: each cell repeated stride x stride times (nearest neighbour).

import { expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { type LayerKind, previous } from './kind.js';

export interface UpsampleLayer {
  readonly kind: 'upsample';
  readonly stride: number;
}

export const upsample: LayerKind<UpsampleLayer> = {
  section: 'upsample',

  parse(section: CfgSection, index: number) {
    const scale = section.number('scale', 1);
    if (scale !== 1) throw expected('1 or absent', section.where('scale'), scale);
    return {
      layer: { kind: 'upsample', stride: section.positive('stride', 2) },
      inputs: [previous(index)],
    };
  },

  options: ({ layer }) => ({ stride: layer.stride }),

  output: (layer, [input]) => ({
    channels: input!.channels,
    height: input!.height * layer.stride,
    width: input!.width * layer.stride,
  }),

  onnx({ index, layer }, { graph, values }) {
    const scales = graph.tensor(
      `upsample_${index}_scales`,
      [4],
      Float32Array.of(1, 1, layer.stride, layer.stride),
    );
    return graph.node('Resize', [values[0]!, '', scales], `upsample_${index}`, {
      coordinate_transformation_mode: 'asymmetric',
      mode: 'nearest',
      nearest_mode: 'floor',
    });
  },
};
