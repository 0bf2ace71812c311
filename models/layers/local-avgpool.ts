// [local_avgpool]: mean of each window, counting only cells inside the map.

import { expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { type LayerKind, poolPadding, poolStride, previous, unless } from './kind.js';

export interface LocalAvgpoolLayer {
  readonly kind: 'local_avgpool';
  readonly size: number;
  readonly stride: number;
  /** Of both sides together, as for maxpool. */
  readonly padding: number;
}

export const localAvgpool: LayerKind<LocalAvgpoolLayer> = {
  section: 'local_avgpool',

  parse(section: CfgSection, index: number) {
    const stride = poolStride(section);
    const size = section.positive('size', stride);
    return {
      layer: { kind: 'local_avgpool', size, stride, padding: poolPadding(section, size) },
      inputs: [previous(index)],
    };
  },

  options: ({ layer }) => ({
    size: layer.size,
    stride: layer.stride,
    ...unless('padding', layer.padding, layer.size - 1),
  }),

  output(layer, [input]) {
    const { channels, height, width } = input!;
    const out = (length: number) => {
      const output = Math.floor((length + layer.padding - layer.size) / layer.stride) + 1;
      if (output < 1) throw expected(`an input of ${layer.size} pixels or more`, 'local_avgpool', length);
      return output;
    };
    return { channels, height: out(height), width: out(width) };
  },

  onnx({ index, layer, inputShapes, output }, { graph, values }) {
    const begin = layer.padding >> 1;
    const end = (input: number, out: number) =>
      Math.max(0, (out - 1) * layer.stride + layer.size - input - begin);
    const { height, width } = inputShapes[0]!;
    return graph.node('AveragePool', [values[0]!], `local_avgpool_${index}`, {
      kernel_shape: [layer.size, layer.size],
      pads: [begin, begin, end(height, output.height), end(width, output.width)],
      strides: [layer.stride, layer.stride],
    });
  },
};
