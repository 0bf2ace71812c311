// A program and the shapes of its values -> its nodes as layers with their cost, for model.json.

import type { LayerDescription } from '../folder/description.js';
import { type OnnxNode, type OnnxProgram, outputsOf } from '../onnx/program.js';

type Shapes = ReadonlyMap<string, readonly number[]>;

const PICTURE = -1;
const count = (dims: readonly number[]) => dims.reduce((product, length) => product * length, 1);

/** Which input the weights of an operator are; constants of other operators are no parameters. */
const WEIGHTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  ConvInteger: [1],
  QLinearConv: [3, 8],
  MatMul: [0, 1],
  MatMulInteger: [0, 1],
  QLinearMatMul: [3],
  Gemm: [1, 2],
  BatchNormalization: [1, 2, 3, 4],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  PRelu: [1],
  DequantizeLinear: [0],
};

/** @param shapes of all values, constants too */
export function describeNodes({ nodes, constants, inputs }: OnnxProgram, shapes: Shapes): LayerDescription[] {
  const indices = new Map<string, number>(inputs.map(({ name }) => [name, PICTURE]));
  nodes.forEach((node, index) => {
    for (const output of outputsOf(node)) indices.set(output, index);
  });
  return nodes.map((node, index) => ({
    index,
    type: node.domain ? `${node.domain}:${node.opType}` : node.opType,
    inputs: [...new Set(node.inputs.flatMap((name) => indices.get(name) ?? []))],
    // Without the batch, which is 1.
    output: [...(shapes.get(node.output) ?? [])].slice(1),
    parameters: (WEIGHTS[node.opType] ?? [])
      .map((at) => constants.get(node.inputs[at] ?? '')?.dims)
      .reduce((sum, dims) => sum + (dims ? count(dims) : 0), 0),
    bflops: (2 * multiplyAdds(node, shapes)) / 1e9,
  }));
}

/** As Darknet counts; of what multiplies matrices. */
function multiplyAdds({ opType, inputs, output, attributes }: OnnxNode, shapes: Shapes): number {
  const dimsOf = (at: number) => shapes.get(inputs[at] ?? '') ?? [];
  const written = count(shapes.get(output) ?? [0]);
  switch (opType) {
    case 'Conv':
    case 'ConvInteger':
      // (filters, channels of a group, height, width)
      return written * count(dimsOf(1).slice(1));
    case 'QLinearConv':
      return written * count(dimsOf(3).slice(1));
    case 'ConvTranspose':
      // (channels, filters of a group, height, width)
      return count(dimsOf(0)) * count(dimsOf(1).slice(1));
    case 'MatMul':
    case 'MatMulInteger':
    case 'QLinearMatMul':
      return written * (dimsOf(0).at(-1) ?? 0);
    case 'Gemm':
      return written * (dimsOf(0).at(attributes.transA === 1 ? 0 : 1) ?? 0);
    default:
      return 0;
  }
}
