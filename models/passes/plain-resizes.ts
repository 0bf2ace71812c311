// Resize to sizes, whose maps are known -> Resize by scales, where they are whole, as our own networks have it.

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxProgram } from '../onnx/program.js';

/** @param program with the types of its values, which it keeps */
export function plainResizes(program: OnnxProgram): OnnxProgram {
  const { valueTypes } = program;
  const graph = OnnxGraph.of({ ...program, nodes: [] });
  for (const node of program.nodes) {
    const { opType, domain, inputs, output } = node;
    const [map = '', , , sizes = ''] = inputs;
    const from = valueTypes?.get(map)?.dims;
    const to = valueTypes?.get(output)?.dims;
    const isToSizes = opType === 'Resize' && domain === undefined && sizes !== '';
    const factors = isToSizes && from && to ? to.map((length, axis) => length / from[axis]!) : [];
    if (factors.length !== 4 || !factors.every(Number.isInteger)) graph.add(node);
    else
      graph.add({
        ...node,
        inputs: [map, '', graph.tensor(`${output}_scales`, [4], Float32Array.from(factors))],
      });
  }
  return { ...graph.program, ...(valueTypes && { valueTypes }) };
}
