// OnnxProgram -> the shape of every value, from the inputs on.

import { CspcamError } from '#common/errors.js';
import type { Shape } from '../graph/graph.js';
import type { OnnxNode, OnnxProgram } from '../onnx/program.js';

/**
 * Of maps of four dimensions, by name of the value: as they were measured, else of the operators that layers and passes
 * write.
 */
export function shapesOf({ inputs, nodes, constants, valueTypes }: OnnxProgram): ReadonlyMap<string, Shape> {
  if (valueTypes !== undefined) {
    const maps = [...valueTypes].filter(([, { dims }]) => dims.length === 4);
    return new Map(
      maps.map(([name, { dims }]) => [name, { channels: dims[1]!, height: dims[2]!, width: dims[3]! }]),
    );
  }
  const shapes = new Map<string, Shape>();
  for (const { name, dims } of inputs)
    shapes.set(name, { channels: dims[1]!, height: dims[2]!, width: dims[3]! });
  const numbers = (name: string) => Array.from(constants.get(name)!.values, Number);
  for (const node of nodes) shapes.set(node.output, shapeOf(node, shapes, numbers));
  return shapes;
}

function shapeOf(
  node: OnnxNode,
  shapes: ReadonlyMap<string, Shape>,
  numbers: (constant: string) => number[],
): Shape {
  const known = node.inputs.flatMap((name) => shapes.get(name) ?? []);
  const input = known[0];
  if (!input) throw new CspcamError(`expected a map before ${node.opType} ${node.output}, received nothing`);
  switch (node.opType) {
    case 'Concat': {
      const axis = node.attributes.axis === 2 ? 'height' : 'channels';
      return { ...input, [axis]: known.reduce((sum, shape) => sum + shape[axis], 0) };
    }
    case 'Slice': {
      const [start, end] = [numbers(node.inputs[1]!)[0]!, numbers(node.inputs[2]!)[0]!];
      return { ...input, channels: end - start };
    }
    case 'Pad': {
      const pads = numbers(node.inputs[1]!);
      const [channels, height, width] = axes(input).map((length, i) => length + pads[i + 1]! + pads[i + 5]!);
      return { channels: channels!, height: height!, width: width! };
    }
    case 'Transpose': {
      const [, first, second, third] = node.attributes.perm as number[];
      const lengths = axes(input);
      return { channels: lengths[first! - 1]!, height: lengths[second! - 1]!, width: lengths[third! - 1]! };
    }
    case 'Reshape': {
      const [, channels, height, width] = numbers(node.inputs[1]!);
      return { channels: channels!, height: height!, width: width! };
    }
    case 'Conv': {
      // (filters): the bias, which every convolution of ours has.
      const filters = numbers(node.inputs[2]!).length;
      return { ...windows(node, input), channels: filters };
    }
    case 'MaxPool':
    case 'AveragePool':
      return windows(node, input);
    case 'GlobalAveragePool':
      return { channels: input.channels, height: 1, width: 1 };
    case 'Resize': {
      const [, , down, across] = numbers(node.inputs[2]!);
      return { ...input, height: input.height * down!, width: input.width * across! };
    }
    default:
      return input;
  }
}

const axes = ({ channels, height, width }: Shape) => [channels, height, width];

function windows({ attributes }: OnnxNode, input: Shape): Shape {
  const list = (name: string, usual: number[]) => (attributes[name] as number[] | undefined) ?? usual;
  const kernel = list('kernel_shape', [1, 1]);
  const [strides, dilations] = [list('strides', [1, 1]), list('dilations', [1, 1])];
  const pads = list('pads', [0, 0, 0, 0]);
  const out = (length: number, at: number) =>
    Math.floor((length + pads[at]! + pads[at + 2]! - dilations[at]! * (kernel[at]! - 1) - 1) / strides[at]!) +
    1;
  return { ...input, height: out(input.height, 0), width: out(input.width, 1) };
}
