// [bilinear_upsample]: our own section, for Elastic's blocks; Darknet's [upsample] only repeats cells.

import type { CfgSection } from '../darknet/cfg.js';
import { type LayerKind, previous } from './kind.js';

export interface BilinearUpsampleLayer {
  readonly kind: 'bilinear_upsample';
  readonly stride: number;
}

export const bilinearUpsample: LayerKind<BilinearUpsampleLayer> = {
  section: 'bilinear_upsample',
  beyondDarknet: true,
  parse: (section: CfgSection, index: number) => ({
    layer: { kind: 'bilinear_upsample', stride: section.positive('stride', 2) },
    inputs: [previous(index)],
  }),
  options: ({ layer }) => ({ stride: layer.stride }),
  output: (layer, [input]) => ({
    channels: input!.channels,
    height: input!.height * layer.stride,
    width: input!.width * layer.stride,
  }),
  onnx({ index, layer }, { graph, values }) {
    const scales = Float32Array.of(1, 1, layer.stride, layer.stride);
    const name = `bilinear_upsample_${index}`;
    return graph.node('Resize', [values[0]!, '', graph.tensor(`${name}_scales`, [4], scales)], name, {
      coordinate_transformation_mode: 'half_pixel',
      mode: 'linear',
    });
  },
};
