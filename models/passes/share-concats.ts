// Concats of many maps -> Concats of those that were joined before, and what came since.
//
// In a dense block each Concat is the one before and a few maps more. Channels lie innermost in int8, so that a Concat
// copies piece by piece of each pixel: 3 pieces instead of 17 take a third of the time.

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxProgram } from '../onnx/program.js';

export function shareConcats(program: OnnxProgram): OnnxProgram {
  const graph = OnnxGraph.of({ ...program, nodes: [] });
  const joined: { readonly maps: readonly string[]; readonly output: string }[] = [];
  for (const node of program.nodes) {
    const { opType, inputs, output, attributes } = node;
    if (opType !== 'Concat' || attributes.axis !== 1) {
      graph.add(node);
      continue;
    }
    let maps = inputs;
    for (const { maps: run, output: shared } of joined.toSorted((a, b) => b.maps.length - a.maps.length)) {
      const at = placeOf(run, maps);
      if (at >= 0) maps = [...maps.slice(0, at), shared, ...maps.slice(at + run.length)];
    }
    joined.push({ maps: inputs, output });
    graph.node('Concat', maps, output, attributes);
  }
  return graph.program;
}

/** Where `run` stands in `maps`, or -1. */
function placeOf(run: readonly string[], maps: readonly string[]): number {
  return maps.findIndex((_, start) => run.every((map, i) => maps[start + i] === map));
}
