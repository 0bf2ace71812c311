// max(a, b) -> a + relu(b - a), whose parts ONNX Runtime's blocked layout has; Max makes it leave that layout and come back.
//
// b - a is a depthwise convolution by -1 with b added: with the Relu one fused operator. Exact to a rounding of b - a.

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxProgram } from '../onnx/program.js';
import { shapesOf } from './shapes.js';

export function maxByRelu(program: OnnxProgram): OnnxProgram {
  const shapes = shapesOf(program);
  const graph = OnnxGraph.of({ ...program, nodes: [] });
  for (const node of program.nodes) {
    const { opType, inputs, output } = node;
    if (opType !== 'Max') {
      graph.add(node);
      continue;
    }
    const { channels } = shapes.get(output)!;
    const kernel = graph.tensor(
      `minus_${channels}`,
      [channels, 1, 1, 1],
      new Float32Array(channels).fill(-1),
    );
    const bias = graph.tensor(`zeros_${channels}`, [channels], new Float32Array(channels));
    const [a, b] = inputs as [string, string];
    const minus = graph.node('Conv', [a, kernel, bias], `${output}_minus`, {
      dilations: [1, 1],
      group: channels,
      kernel_shape: [1, 1],
      pads: [0, 0, 0, 0],
      strides: [1, 1],
    });
    const difference = graph.node('Add', [minus, b], `${output}_difference`);
    const excess = graph.node('Relu', [difference], `${output}_excess`);
    graph.node('Add', [excess, a], output);
  }
  return graph.program;
}
