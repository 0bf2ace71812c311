// Convolutions of 1x1 in floats that read bytes -> products of those bytes and int8 weights, with floats as results.
//
// Of the heads: rounding their results would cost accuracy, rounding their weights hardly does, and floats come with a
// change of layout that takes longer than the convolution.

import type { Shape } from '../graph/graph.js';
import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxProgram } from '../onnx/program.js';
import type { IntegerForm } from './forms/form.js';
import { correctBias } from './kernel.js';

/** Means of the channels that each head reads, (channels), where its bias is to make up for rounded weights. */
export type Heads = ReadonlyMap<string, Float32Array | undefined>;

/** @param shapes of the values that nodes write, by name */
export function matrixHeads(
  program: OnnxProgram,
  shapes: ReadonlyMap<string, Shape>,
  heads: Heads,
  form: IntegerForm,
): OnnxProgram {
  const producers = new Map(program.nodes.map((node) => [node.output, node]));
  const graph = OnnxGraph.of({ ...program, nodes: [] });
  for (const node of program.nodes) {
    const { opType, inputs, output, attributes } = node;
    const [map, kernelName, biasName] = inputs as [string, string, string];
    const dequantize = producers.get(map);
    const kernel = program.constants.get(kernelName);
    const isProduct =
      opType === 'Conv' &&
      heads.has(output) &&
      dequantize?.opType === 'DequantizeLinear' &&
      attributes.group === 1 &&
      [attributes.kernel_shape, attributes.strides].every((lengths) => String(lengths) === '1,1') &&
      String(attributes.pads) === '0,0,0,0';
    if (!isProduct || !kernel) {
      graph.add(node);
      continue;
    }
    const [filters, channels] = kernel.dims as [number, number];
    const { height, width } = shapes.get(output)!;
    const weights = kernel.values as Float32Array; // (filters, channels)
    const quantized = form.quantizeProduct({ values: weights, dims: kernel.dims, groups: 1 });
    const bias = program.constants.get(biasName)!.values as Float32Array;
    const means = heads.get(output);
    const corrected = means ? correctBias(bias, weights, quantized, means, 1) : bias;

    const [bytes, scale, zero] = dequantize.inputs as [string, string, string];
    const cells = graph.node('Transpose', [bytes], `${output}_cells`, { perm: [0, 2, 3, 1] });
    const rowsShape = graph.integers(`${output}_rows_shape`, [height * width, channels]);
    const rows = graph.node('Reshape', [cells, rowsShape], `${output}_rows`);
    const columns = graph.node(
      'DequantizeLinear',
      [
        graph.tensor(`${output}_int8`, [channels, filters], transposed(quantized.values, filters)),
        graph.tensor(`${output}_scales`, [filters], quantized.scales),
        graph.tensor(`${output}_zeros`, [filters], new Int8Array(filters).fill(quantized.zeroPoint)),
      ],
      `${output}_columns`,
      { axis: 1 },
    );
    const floats = graph.node('DequantizeLinear', [rows, scale, zero], `${output}_floats`);
    const product = graph.node('MatMul', [floats, columns], `${output}_product`); // (height x width, filters)
    const planes = graph.node('Transpose', [product], `${output}_planes`, { perm: [1, 0] });
    const mapsShape = graph.integers(`${output}_maps_shape`, [1, filters, height, width]);
    const maps = graph.node('Reshape', [planes, mapsShape], `${output}_maps`);
    // Added right after the product, it would make a Gemm of it, which is in floats.
    const biases = graph.tensor(`${output}_biases`, [1, filters, 1, 1], corrected);
    graph.node('Add', [maps, biases], output);
  }
  return graph.program;
}

/** (rows, columns) -> (columns, rows). */
function transposed(values: Int8Array, rows: number): Int8Array {
  const columns = values.length / rows;
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}
