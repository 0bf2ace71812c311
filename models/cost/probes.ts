// Small networks that do one thing -> ONNX, to time what a machine reaches through its runtime.

import { encodeOnnx } from '../onnx/encode.js';
import { OnnxGraph } from '../onnx/onnx-graph.js';
import { INPUT_NAME } from '../onnx/write.js';
import { eightBits } from '../quantize/forms/eight-bits.js';
import type { IntegerForm } from '../quantize/forms/form.js';

export interface Probe {
  readonly onnx: Uint8Array;
  /** Width and height of the input, planar RGB. */
  readonly size: number;
  /** What it does over and over: billions of operations, or of bytes. */
  readonly billions: number;
}

/** Wide enough for every runtime's best, and 1.9 billion operations: 0.2 s on a small core. */
const CHANNELS = 256;
const MAP = 40;

export interface ConvolutionOptions {
  /** Of the weights in int8: its zero point leads to one kernel of the runtime or another. */
  readonly form?: Pick<IntegerForm, 'quantizeConvolution'>;
  /** One filter for each channel. */
  readonly isDepthwise?: boolean;
}

/** @param count 3x3 convolutions in a row, 256 channels, ReLU after each */
export function convolutionProbe(
  precision: 'fp32' | 'int8',
  count: number,
  { form = eightBits, isDepthwise = false }: ConvolutionOptions = {},
): Probe {
  const graph = new OnnxGraph();
  let value = stem(graph);
  const groups = isDepthwise ? CHANNELS : 1;
  const dims = [CHANNELS, CHANNELS / groups, 3, 3];
  const floats = kernelValues(dims.reduce((product, length) => product * length));
  const kernelOf =
    precision === 'fp32' ? floatKernel(graph, dims, floats) : byteKernel(graph, dims, floats, groups, form);
  const scale = graph.scalar(0.02);
  const unsigned = graph.tensor('zero_unsigned', [], Uint8Array.of(0));
  // Quantized before and after each, as the runtime wants it to compute in bytes.
  const inBytes = (from: string, name: string) => {
    if (precision === 'fp32') return from;
    const bytes = graph.node('QuantizeLinear', [from, scale, unsigned], `${name}_bytes`);
    return graph.node('DequantizeLinear', [bytes, scale, unsigned], `${name}_values`);
  };
  value = inBytes(value, 'stem');
  for (let i = 0; i < count; i++) {
    const convolved = graph.node('Conv', [value, kernelOf(i)], `conv_${i}`, {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
      ...(isDepthwise && { group: groups }),
    });
    value = inBytes(graph.node('Relu', [convolved], `relu_${i}`), `conv_${i}`);
  }
  return finish(graph, value, CHANNELS, MAP, (2 * floats.length * MAP * MAP * count) / 1e9);
}

/** Name of the weights of the i-th convolution. */
type KernelOf = (i: number) => string;

function floatKernel(graph: OnnxGraph, dims: readonly number[], values: Float32Array): KernelOf {
  const kernel = graph.tensor('kernel_values', dims, values);
  return () => kernel;
}

function byteKernel(
  graph: OnnxGraph,
  dims: readonly number[],
  floats: Float32Array,
  groups: number,
  form: Pick<IntegerForm, 'quantizeConvolution'>,
): KernelOf {
  const { values, scales, zeroPoint } = form.quantizeConvolution({ values: floats, dims, groups });
  const kernel = graph.tensor('kernel_values', dims, values);
  const ofFilters = graph.tensor('kernel_scales', [CHANNELS], scales);
  const zeros = graph.tensor('kernel_zeros', [CHANNELS], new Int8Array(CHANNELS).fill(zeroPoint));
  return (i) => graph.node('DequantizeLinear', [kernel, ofFilters, zeros], `kernel_${i}`, { axis: 0 });
}

/** @param count multiplications of a tensor of `bytes` by a number, each of which reads and writes all of it */
export function memoryProbe(bytes: number, count: number): Probe {
  const graph = new OnnxGraph();
  const size = Math.ceil(Math.sqrt(bytes / 4 / 3));
  const pixels = graph.input(INPUT_NAME, 'uint8', [1, 3, size, size]);
  let value = graph.node('Cast', [pixels], 'values', { to: 1 });
  for (let i = 0; i < count; i++) value = graph.node('Mul', [value, graph.scalar(i + 2)], `product_${i}`);
  return finish(graph, value, 3, size, (2 * 4 * 3 * size * size * count) / 1e9);
}

/** Input to 256 channels: the same in both of a pair, so it drops out of the difference. */
function stem(graph: OnnxGraph): string {
  const pixels = graph.input(INPUT_NAME, 'uint8', [1, 3, MAP, MAP]);
  const picture = graph.node('Cast', [pixels], 'picture', { to: 1 });
  const ones = new Float32Array(CHANNELS * 3).fill(1 / 256);
  const kernel = graph.tensor('stem_kernel', [CHANNELS, 3, 1, 1], ones);
  return graph.node('Conv', [picture, kernel], 'stem', { kernel_shape: [1, 1] });
}

/** Both signs, and small sums: values neither vanish nor overflow on their way. */
function kernelValues(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (((i * 7919) % 13) - 6) / 64);
}

function finish(graph: OnnxGraph, value: string, channels: number, size: number, billions: number): Probe {
  const mean = graph.node('GlobalAveragePool', [value], 'mean');
  graph.output(mean, 'result', [1, channels, 1, 1]);
  return { onnx: encodeOnnx(graph.program, 'probe'), size, billions };
}
