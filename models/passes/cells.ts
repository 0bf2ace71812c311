// A map -> the same bytes as a map of another shape, where channels lie innermost as integer convolutions have them.
//
// The transposes meet those that ONNX Runtime puts around integer operators, and go; what stays is a view.

import type { Shape } from '../graph/graph.js';
import type { OnnxGraph } from '../onnx/onnx-graph.js';

/** @param shape of the result; as many values as `value` has, in the order row, column, channel */
export function viewCells(
  graph: OnnxGraph,
  value: string,
  { channels, height, width }: Shape,
  output: string,
): string {
  const cells = graph.node('Transpose', [value], `${output}_cells`, { perm: [0, 2, 3, 1] });
  const shape = graph.integers(`${output}_shape`, [1, height, width, channels]);
  const seen = graph.node('Reshape', [cells, shape], `${output}_seen`);
  return graph.node('Transpose', [seen], output, { perm: [0, 3, 1, 2] });
}
