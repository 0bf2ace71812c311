// max(a, b, ...) -> the maps below each other, and a pool that looks at the same place of each: for int8, which has no Max.
//
// Channels lie innermost there, so that one map below another is a copy of whole blocks.

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxNode, OnnxProgram } from '../onnx/program.js';
import { shapesOf } from './shapes.js';

export function maxByPool(program: OnnxProgram): OnnxProgram {
  const shapes = shapesOf(program);
  const readers = new Map<string, number>();
  for (const input of program.nodes.flatMap(({ inputs }) => inputs))
    readers.set(input, (readers.get(input) ?? 0) + 1);
  const maxima = new Map(
    program.nodes.filter(({ opType }) => opType === 'Max').map((node) => [node.output, node]),
  );
  const inner = (value: string) => (readers.get(value) === 1 ? maxima.get(value) : undefined);
  const leaves = ({ inputs }: OnnxNode): string[] =>
    inputs.flatMap((input) => {
      const max = inner(input);
      return max ? leaves(max) : [input];
    });
  const graph = OnnxGraph.of({ ...program, nodes: [] });
  for (const node of program.nodes) {
    if (node.opType !== 'Max') graph.node(node.opType, node.inputs, node.output, node.attributes);
    else if (
      !program.nodes.some(
        (other) => other.opType === 'Max' && inner(node.output) && other.inputs.includes(node.output),
      )
    ) {
      const maps = leaves(node);
      const below = graph.node('Concat', maps, `${node.output}_below`, { axis: 2 });
      graph.node('MaxPool', [below], node.output, {
        dilations: [shapes.get(node.output)!.height, 1],
        kernel_shape: [maps.length, 1],
        strides: [1, 1],
      });
    }
  }
  return graph.program;
}
