// [convolutional]: convolution, batch norm (folded on export) and activation.

import { CspcamError, expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import type { Shape } from '../graph/graph.js';
import type { ConvolutionWeights } from '../weights.js';
import { type Activation, addActivation, parseActivation } from './activation.js';
import { type LayerKind, previous, unless } from './kind.js';

export interface ConvolutionalLayer {
  readonly kind: 'convolutional';
  readonly filters: number;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly groups: number;
  readonly batchNormalize: boolean;
  readonly activation: Activation;
}

// Darknet's normalize_cpu; OpenCV's importer uses 1e-6.
export const BATCH_NORM_EPSILON = 1e-5;

const UNSUPPORTED = [
  'xnor',
  'binary',
  'share_index',
  'antialiasing',
  'deform',
  'sway',
  'rotate',
  'stride_x',
  'stride_y',
];

export const convolutional: LayerKind<ConvolutionalLayer> = {
  section: 'convolutional',

  parse(section: CfgSection, index: number) {
    for (const key of UNSUPPORTED) {
      if (section.integer(key, 0) !== 0) throw expected('0 or absent', section.where(key), section.text(key));
    }
    const size = section.positive('size', 1);
    const layer: ConvolutionalLayer = {
      kind: 'convolutional',
      filters: section.positive('filters', 1),
      size,
      stride: section.positive('stride', 1),
      padding: section.integer('pad', 0) !== 0 ? size >> 1 : section.integer('padding', 0),
      dilation: section.positive('dilation', 1),
      groups: section.positive('groups', 1),
      batchNormalize: section.integer('batch_normalize', 0) !== 0,
      activation: parseActivation(section.text('activation') ?? 'logistic', section.where('activation')),
    };
    if (layer.padding < 0) throw expected('0 or more', section.where('padding'), layer.padding);
    // Darknet pads by padding * dilation but sizes the map as if undilated: they agree for centred kernels only.
    if (layer.dilation > 1 && 2 * layer.padding !== layer.size - 1)
      throw expected(
        `a padding of half the size, with dilation=${layer.dilation}`,
        section.where('size'),
        layer.size,
      );
    if (layer.filters % layer.groups !== 0)
      throw expected(`filters that groups=${layer.groups} divides`, section.where('filters'), layer.filters);
    return { layer, inputs: [previous(index)] };
  },

  options: ({ layer }) => ({
    ...unless('batch_normalize', layer.batchNormalize ? 1 : 0, 0),
    filters: layer.filters,
    size: layer.size,
    stride: layer.stride,
    // pad=1 means half the kernel; any other padding is given in pixels.
    ...(layer.padding === layer.size >> 1 ? { pad: 1 } : { padding: layer.padding }),
    ...unless('groups', layer.groups, 1),
    ...unless('dilation', layer.dilation, 1),
    activation: layer.activation,
  }),

  output(layer, [input]) {
    const { channels, height, width } = input!;
    if (channels % layer.groups !== 0)
      throw expected(`input channels that groups=${layer.groups} divides`, 'convolutional', channels);
    return { channels: layer.filters, height: outputSize(height, layer), width: outputSize(width, layer) };
  },

  operations({ layer, inputShapes, output }) {
    return 2 * kernelLength(layer, inputShapes[0]!) * output.height * output.width;
  },

  weights: ({ layer, inputShapes }) => ({
    filters: layer.filters,
    batchNormalize: layer.batchNormalize,
    kernel: kernelLength(layer, inputShapes[0]!),
  }),

  onnx({ index, layer, inputShapes }, { graph, values, weights, pictureScale }) {
    if (!weights)
      throw new CspcamError(`expected weights for layer ${index} convolutional, received nothing`);
    const name = `conv_${index}`;
    const folded = foldBatchNorm(weights, layer.filters, pictureScale);
    const perGroup = inputShapes[0]!.channels / layer.groups;
    const kernel = graph.tensor(
      `${name}_kernel`,
      [layer.filters, perGroup, layer.size, layer.size],
      folded.kernel,
    );
    const bias = graph.tensor(`${name}_bias`, [layer.filters], folded.biases);
    const pad = layer.padding * layer.dilation;
    const value = graph.node('Conv', [values[0]!, kernel, bias], name, {
      dilations: [layer.dilation, layer.dilation],
      group: layer.groups,
      kernel_shape: [layer.size, layer.size],
      pads: [pad, pad, pad, pad],
      strides: [layer.stride, layer.stride],
    });
    return addActivation(graph, layer.activation, value, name);
  },
};

/** Length of the kernel: filters * channels / groups * size * size. */
function kernelLength(layer: ConvolutionalLayer, input: Shape): number {
  return layer.filters * (input.channels / layer.groups) * layer.size * layer.size;
}

function outputSize(input: number, layer: ConvolutionalLayer): number {
  const output = Math.floor((input + 2 * layer.padding - layer.size) / layer.stride) + 1;
  if (output < 1) throw expected(`an input of ${layer.size} pixels or more`, 'convolutional', input);
  return output;
}

/** kernel * scale / sqrt(variance + epsilon), in double precision; `inputScale` multiplies the kernel only. */
function foldBatchNorm(
  { biases, batchNorm, kernel }: ConvolutionWeights,
  filters: number,
  inputScale: number,
): { biases: Float32Array; kernel: Float32Array } {
  const perFilter = kernel.length / filters;
  const folded = { biases: new Float32Array(filters), kernel: new Float32Array(kernel.length) };
  for (let filter = 0; filter < filters; filter++) {
    const gain = batchNorm
      ? batchNorm.scales[filter]! / Math.sqrt(batchNorm.variances[filter]! + BATCH_NORM_EPSILON)
      : 1;
    folded.biases[filter] = biases[filter]! - (batchNorm ? batchNorm.means[filter]! * gain : 0);
    for (let i = filter * perFilter; i < (filter + 1) * perFilter; i++)
      folded.kernel[i] = kernel[i]! * gain * inputScale;
  }
  return folded;
}
