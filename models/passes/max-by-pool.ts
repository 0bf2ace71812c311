// Maxout -> a pool over groups of channels, seen as columns: for int8, which has no Max.
//
// Channels lie innermost there, so that (row and column, group, channel) is the same bytes as (row, column, channels).

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxNode, OnnxProgram } from '../onnx/program.js';
import { viewCells } from './cells.js';
import { dropUnused } from './drop-unused.js';
import { shapesOf } from './shapes.js';

export function maxByPool(program: OnnxProgram): OnnxProgram {
  const shapes = shapesOf(program);
  const producers = new Map(program.nodes.map((node) => [node.output, node]));
  const graph = OnnxGraph.of({ ...program, nodes: [] });
  for (const node of program.nodes) {
    const { opType, output } = node;
    const slices = opType === 'Max' ? leaves(node, producers) : [];
    const whole = slices[0]?.inputs[0];
    const pools =
      whole !== undefined &&
      slices.every(({ opType, inputs }) => opType === 'Slice' && inputs[0] === whole) &&
      tiles(slices, program);
    if (!pools) {
      graph.add(node);
      continue;
    }
    const shape = shapes.get(output)!;
    const groups = slices.length;
    const cells = { channels: shape.channels, height: shape.height * shape.width, width: groups };
    const columns = viewCells(graph, whole, cells, `${output}_groups`);
    const pooled = graph.node('MaxPool', [columns], `${output}_pooled`, {
      kernel_shape: [1, groups],
      strides: [1, 1],
    });
    viewCells(graph, pooled, shape, output);
  }
  return dropUnused(graph.program);
}

function leaves(node: OnnxNode, producers: ReadonlyMap<string, OnnxNode>): OnnxNode[] {
  if (node.opType !== 'Max') return [node];
  return node.inputs.flatMap((input) => leaves(producers.get(input)!, producers));
}

/** Whether slices stand side by side from the first channel on, all as wide. */
function tiles(slices: readonly OnnxNode[], { constants }: OnnxProgram): boolean {
  const number = ({ inputs }: OnnxNode, at: number) => Number(constants.get(inputs[at]!)!.values[0]);
  const width = number(slices[0]!, 2);
  return slices.every((slice, i) => number(slice, 1) === i * width && number(slice, 2) === (i + 1) * width);
}
