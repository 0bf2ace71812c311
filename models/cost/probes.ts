// Small networks that do one thing -> ONNX, to time what a machine reaches through its runtime.

import { encodeOnnx } from '../onnx/encode.js';
import { OnnxGraph } from '../onnx/onnx-graph.js';
import { INPUT_NAME } from '../onnx/write.js';

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

/** @param count 3x3 convolutions in a row, 256 channels, ReLU after each */
export function convolutionProbe(precision: 'fp32' | 'int8', count: number): Probe {
  const graph = new OnnxGraph();
  let value = stem(graph);
  const kernel = graph.tensor('kernel_values', [CHANNELS, CHANNELS, 3, 3], kernelValues(precision));
  const scale = graph.scalar(0.02);
  const unsigned = graph.tensor('zero_unsigned', [], Uint8Array.of(0));
  const signed = graph.tensor('zero_signed', [], Int8Array.of(0));
  const kernelOf = (i: number) =>
    precision === 'fp32' ? kernel : graph.node('DequantizeLinear', [kernel, scale, signed], `kernel_${i}`);
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
    });
    value = inBytes(graph.node('Relu', [convolved], `relu_${i}`), `conv_${i}`);
  }
  return finish(graph, value, CHANNELS, MAP, (2 * CHANNELS * CHANNELS * 9 * MAP * MAP * count) / 1e9);
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
function kernelValues(precision: 'fp32' | 'int8'): Float32Array | Int8Array {
  const count = CHANNELS * CHANNELS * 9;
  const sign = (i: number) => ((i * 7919) % 13) - 6;
  if (precision === 'int8') return Int8Array.from({ length: count }, (_, i) => sign(i));
  return Float32Array.from({ length: count }, (_, i) => sign(i) / 64);
}

function finish(graph: OnnxGraph, value: string, channels: number, size: number, billions: number): Probe {
  const mean = graph.node('GlobalAveragePool', [value], 'mean');
  graph.output(mean, 'result', [1, channels, 1, 1]);
  return { onnx: encodeOnnx(graph.program, 'probe'), size, billions };
}
