// [maxpool]: largest of each window; with maxpool_depth=1 the paper's Maxout, largest across groups of channels.

import { expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import type { PlacedLayer } from '../graph/graph.js';
import { type LayerKind, type OnnxContext, poolPadding, poolStride, previous, unless } from './kind.js';

export interface MaxpoolLayer {
  readonly kind: 'maxpool';
  readonly size: number;
  readonly stride: number;
  /** Of both sides together, as Darknet has it; the first side gets the smaller half. */
  readonly padding: number;
  /** Maxout: channels left after taking the maximum; 0 for an ordinary pool. */
  readonly outChannels: number;
}

export const maxpool: LayerKind<MaxpoolLayer> = {
  section: 'maxpool',

  parse(section: CfgSection, index: number) {
    const stride = poolStride(section);
    const size = section.positive('size', stride);
    const maxout = section.integer('maxpool_depth', 0) !== 0;
    if (section.integer('antialiasing', 0) !== 0)
      throw expected('0 or absent', section.where('antialiasing'), section.text('antialiasing'));
    const layer: MaxpoolLayer = {
      kind: 'maxpool',
      size,
      stride,
      padding: poolPadding(section, size),
      outChannels: maxout ? section.positive('out_channels', 1) : 0,
    };
    return { layer, inputs: [previous(index)] };
  },

  options: ({ layer }) => ({
    ...(layer.outChannels > 0 ? { maxpool_depth: 1, out_channels: layer.outChannels } : {}),
    size: layer.size,
    stride: layer.stride,
    ...unless('padding', layer.padding, layer.size - 1),
  }),

  output(layer, [input]) {
    const { channels, height, width } = input!;
    if (layer.outChannels > 0) {
      if (channels % layer.outChannels !== 0)
        throw expected(`input channels that out_channels=${layer.outChannels} divides`, 'maxpool', channels);
      return { channels: layer.outChannels, height, width };
    }
    return { channels, height: outputSize(height, layer), width: outputSize(width, layer) };
  },

  operations({ layer, inputShapes, output }) {
    return layer.size * layer.size * inputShapes[0]!.channels * output.height * output.width;
  },

  onnx(placed, context) {
    return placed.layer.outChannels > 0 ? maxoutOnnx(placed, context) : poolOnnx(placed, context);
  },
};

function outputSize(input: number, layer: MaxpoolLayer): number {
  const output = Math.floor((input + layer.padding - layer.size) / layer.stride) + 1;
  if (output < 1) throw expected(`an input of ${layer.size} pixels or more`, 'maxpool', input);
  return output;
}

function poolOnnx(
  { index, layer, inputShapes, output }: PlacedLayer<MaxpoolLayer>,
  { graph, values }: OnnxContext,
) {
  const begin = layer.padding >> 1;
  const end = (input: number, out: number) =>
    Math.max(0, (out - 1) * layer.stride + layer.size - input - begin);
  const { height, width } = inputShapes[0]!;
  return graph.node('MaxPool', [values[0]!], `maxpool_${index}`, {
    kernel_shape: [layer.size, layer.size],
    pads: [begin, begin, end(height, output.height), end(width, output.width)],
    strides: [layer.stride, layer.stride],
  });
}

/** Darknet's maxpool_depth: out[k] = max(in[k], in[k + outChannels], in[k + 2 * outChannels], ...). */
function maxoutOnnx(
  { index, layer, inputShapes }: PlacedLayer<MaxpoolLayer>,
  { graph, values }: OnnxContext,
) {
  const groups = inputShapes[0]!.channels / layer.outChannels;
  const slices = Array.from({ length: groups }, (_, group) =>
    graph.channels(
      values[0]!,
      group * layer.outChannels,
      (group + 1) * layer.outChannels,
      `maxout_${index}_${group}`,
    ),
  );
  return slices.reduce((a, b, i) => graph.node('Max', [a, b], `maxout_${index}_max${i}`));
}
