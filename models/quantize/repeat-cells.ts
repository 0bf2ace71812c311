// Nearest-neighbour Resize of bytes -> copies of whole cells, with channels innermost as integer convolutions have them.
//
// ONNX Runtime resizes such maps value by value: 4% of CSPPeleeNet-EFM in int8. The transposes meet those that it puts
// around integer convolutions, and go.

import type { Shape } from '../graph/graph.js';
import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxNode, OnnxProgram } from '../onnx/program.js';

/** Of both sides, where each value is repeated so often; nothing for any other Resize. */
function wholeScale(
  { inputs, attributes }: OnnxNode,
  constants: OnnxProgram['constants'],
): number | undefined {
  const scales = Array.from(constants.get(inputs[2] ?? '')?.values ?? [], Number);
  const [batch, channels, down = 0, across] = scales;
  if (attributes.mode !== 'nearest' || batch !== 1 || channels !== 1 || down !== across) return undefined;
  if (!Number.isInteger(down) || down < 2) return undefined;
  const {
    coordinate_transformation_mode: place = 'half_pixel',
    nearest_mode: rounding = 'round_prefer_floor',
  } = attributes;
  const isRepeating =
    place === 'asymmetric'
      ? rounding === 'floor' || (rounding === 'round_prefer_floor' && down === 2)
      : `${place}`.endsWith('half_pixel') && `${rounding}`.startsWith('round_');
  return isRepeating ? down : undefined;
}

/** @param shapes of the values that nodes write, by name */
export function repeatCells(program: OnnxProgram, shapes: ReadonlyMap<string, Shape>): OnnxProgram {
  const { nodes, constants } = program;
  const producers = new Map(nodes.map((node) => [node.output, node]));
  const quantizers = new Map(
    nodes.filter(({ opType }) => opType === 'QuantizeLinear').map((node) => [node.inputs[0]!, node]),
  );
  const sameScale = (a: OnnxNode, b: OnnxNode) =>
    [1, 2].every((at) => constants.get(a.inputs[at]!)!.values[0] === constants.get(b.inputs[at]!)!.values[0]);
  const graph = OnnxGraph.of({ ...program, nodes: [] });
  const written = new Set<string>();
  for (const node of nodes) {
    const { opType, inputs, output } = node;
    const before = producers.get(inputs[0]!);
    const after = quantizers.get(output);
    const times = opType === 'Resize' ? wholeScale(node, constants) : undefined;
    if (times !== undefined && before?.opType === 'DequantizeLinear' && after && sameScale(before, after)) {
      const { channels, ...large } = shapes.get(output)!;
      const [height, width] = [large.height / times, large.width / times];
      const shape = (name: string, ...dims: number[]) =>
        graph.tensor(name, [dims.length], BigInt64Array.from(dims, BigInt));
      const copies = (value: string) => Array.from({ length: times }, () => value);
      const cells = graph.node('Transpose', [before.inputs[0]!], `${output}_cells`, { perm: [0, 2, 3, 1] });
      const wide = graph.node('Concat', copies(cells), `${output}_wide`, { axis: 3 });
      const rows = graph.node(
        'Reshape',
        [wide, shape(`${output}_rows_shape`, 1, height, 1, times * width * channels)],
        `${output}_rows`,
      );
      const high = graph.node('Concat', copies(rows), `${output}_high`, { axis: 2 });
      const map = graph.node(
        'Reshape',
        [high, shape(`${output}_map_shape`, 1, times * height, times * width, channels)],
        `${output}_map`,
      );
      graph.node('Transpose', [map], after.output, { perm: [0, 3, 1, 2] });
      written.add(after.output);
    } else if (!written.has(output)) graph.add(node);
  }
  return graph.program;
}
