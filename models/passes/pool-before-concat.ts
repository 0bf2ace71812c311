// A MaxPool of joined maps -> pooled maps, joined: the Concat copies a quarter as much.

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxProgram } from '../onnx/program.js';

export function poolBeforeConcat(program: OnnxProgram): OnnxProgram {
  const readers = new Map<string, number>();
  for (const value of [
    ...program.nodes.flatMap(({ inputs }) => inputs),
    ...program.outputs.map(({ value }) => value),
  ])
    readers.set(value, (readers.get(value) ?? 0) + 1);
  const concats = new Map(
    program.nodes
      .filter(
        ({ opType, attributes, output }) =>
          opType === 'Concat' && attributes.axis === 1 && readers.get(output) === 1,
      )
      .map((node) => [node.output, node]),
  );
  const pooled = new Set(
    program.nodes
      .filter(({ opType, inputs }) => opType === 'MaxPool' && concats.has(inputs[0]!))
      .map(({ inputs }) => inputs[0]!),
  );
  const graph = OnnxGraph.of({ ...program, nodes: [] });
  for (const node of program.nodes) {
    const { opType, inputs, output, attributes } = node;
    if (pooled.has(output)) continue;
    const concat = opType === 'MaxPool' ? concats.get(inputs[0]!) : undefined;
    if (!concat) {
      graph.add(node);
      continue;
    }
    const maps = concat.inputs.map((map, i) => graph.node('MaxPool', [map], `${output}_${i}`, attributes));
    graph.node('Concat', maps, output, concat.attributes);
  }
  return graph.program;
}
