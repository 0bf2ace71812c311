// ONNX program + shapes of its values + precision -> what each node asks of a machine, as work.ts says it of layers.

import { PICTURE } from '../graph/graph.js';
import { type OnnxNode, type OnnxProgram, outputsOf, valuesReadBy } from '../onnx/program.js';
import { Activations } from './onnx-activations.js';
import { BYTES_PER_VALUE, type LayerWork, type MatrixShape, type Precision } from './work.js';

/** By name of the value, constants too. */
export type ValueShapes = ReadonlyMap<string, readonly number[]>;

/** They name values, or what they do is part of the kernels around them. */
const NAMES = new Set([
  ...['Identity', 'Dropout', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
  ...['QuantizeLinear', 'DequantizeLinear'],
]);
/** Of these the activation after them is a part. */
const TAKES_ACTIVATION = new Set(['Conv', 'ConvTranspose', 'Gemm', 'Add']);

/**
 * One for each node that does something; what is computed of constants alone does nothing. Operators that are not
 * known here move their output, as a concatenation does.
 */
export function workOfProgram(program: OnnxProgram, shapes: ValueShapes, precision: Precision): LayerWork[] {
  const perValue = BYTES_PER_VALUE[precision];
  const activations = new Activations(program);
  const sources = new Map<string, number>(program.inputs.map(({ name }) => [name, PICTURE]));
  const fused = new Set<OnnxNode>();
  const works: LayerWork[] = [];
  const valuesOf = (name: string) => product(dimsOf(name, shapes, program));
  for (const [index, node] of program.nodes.entries()) {
    const read = valuesReadBy(node).filter((name) => sources.has(name));
    if (read.length === 0) continue;
    if (fused.has(node) || NAMES.has(node.opType)) {
      for (const output of outputsOf(node)) sources.set(output, sources.get(read[0]!)!);
      continue;
    }
    for (const output of outputsOf(node)) sources.set(output, index);
    const followed = TAKES_ACTIVATION.has(node.opType) ? activations.after(node.output) : undefined;
    for (const one of followed?.nodes ?? []) fused.add(one);
    const values = outputsOf(node).reduce((sum, name) => sum + valuesOf(name), 0);
    const weights = weightsOf(node, program);
    const matrix = matrixOf(node, (name) => dimsOf(name, shapes, program));
    works.push({
      index,
      kind: node.opType,
      inputs: read.map((name) => sources.get(name)!),
      operations:
        matrix === undefined ? 0 : 2 * matrix.filters * matrix.reduction * matrix.pixels * matrix.groups,
      values,
      weightBytes: weights.kernel * perValue + weights.biases * 4,
      inputBytes: read.map((name) => valuesOf(name) * perValue),
      outputBytes: values * perValue,
      activation: followed?.activation ?? 'linear',
      ...(node.opType === 'AveragePool' && { isAverage: true }),
      ...(matrix && { matrix: shapeOf(matrix) }),
    });
  }
  return works;
}

interface Product extends MatrixShape {
  readonly groups: number;
}

function shapeOf({ groups: _, ...matrix }: Product): MatrixShape {
  return matrix;
}

function matrixOf(node: OnnxNode, dims: (name: string) => readonly number[]): Product | undefined {
  const { opType, inputs, output, attributes } = node;
  if (opType === 'Conv' || opType === 'ConvTranspose') {
    const groups = typeof attributes.group === 'number' ? attributes.group : 1;
    const [first = 1, second = 1, ...kernel] = dims(inputs[1]!);
    const cells = product(kernel);
    const picture = dims(inputs[0]!);
    if (opType === 'ConvTranspose')
      // (channels, filters of a group, height, width): each input goes into a window of the output.
      return {
        ...{ filters: second * cells, reduction: first / groups, pixels: product(picture.slice(2)), groups },
        ...{ pieces: cells === 1 ? 0 : cells * product(picture.slice(2)) * groups, isDepthwise: false },
      };
    const pixels = product(dims(output).slice(2));
    return {
      ...{ filters: first / groups, reduction: second * cells, pixels, groups },
      pieces: cells === 1 ? 0 : cells * pixels * groups,
      isDepthwise: groups > 1 && groups === picture[1],
    };
  }
  if (opType !== 'MatMul' && opType !== 'Gemm') return undefined;
  const [left, result] = [dims(inputs[0]!), dims(output)];
  const filters = result.at(-1) ?? 1;
  const reduction = left.at(attributes.transA === 1 ? 0 : -1) ?? 1;
  return { filters, reduction, pixels: product(result) / filters, groups: 1, pieces: 0, isDepthwise: false };
}

/** Constants that a node reads: the largest is its kernel. */
function weightsOf({ inputs }: OnnxNode, { constants }: OnnxProgram): { kernel: number; biases: number } {
  const counts = inputs.flatMap((name) => {
    const dims = constants.get(name)?.dims;
    return dims === undefined ? [] : [product(dims)];
  });
  const kernel = Math.max(0, ...counts);
  return { kernel, biases: counts.reduce((sum, one) => sum + one, 0) - kernel };
}

function dimsOf(name: string, shapes: ValueShapes, { constants }: OnnxProgram): readonly number[] {
  return constants.get(name)?.dims ?? shapes.get(name) ?? [];
}

function product(dims: readonly number[]): number {
  return dims.reduce((all, length) => all * length, 1);
}
