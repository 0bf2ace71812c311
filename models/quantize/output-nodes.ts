// A program -> the nodes that stay in floats because decoding magnifies their errors: what makes boxes of the last maps.

import { type OnnxNode, type OnnxProgram, outputsOf } from '../onnx/program.js';

/** What decoding inside a network is made of, in exports of detectors. */
const DECODING: ReadonlySet<string> = new Set([
  'Add',
  'Cast',
  'Clip',
  'Concat',
  'Div',
  'Exp',
  'Expand',
  'Flatten',
  'Gather',
  'GatherElements',
  'GatherND',
  'Max',
  'Min',
  'Mul',
  'NonMaxSuppression',
  'Pow',
  'ReduceMax',
  'Reshape',
  'Sigmoid',
  'Slice',
  'Softmax',
  'Split',
  'Squeeze',
  'Sub',
  'Tile',
  'TopK',
  'Transpose',
  'Unsqueeze',
  'Where',
]);

/** From the outputs back to the convolutions that give them, those too; by output. */
export function outputNodes({ nodes, outputs }: OnnxProgram): ReadonlySet<string> {
  const producers = new Map(nodes.flatMap((node) => outputsOf(node).map((output) => [output, node])));
  const found = new Set<string>();
  const visit = (value: string) => {
    const node = producers.get(value);
    if (node === undefined || found.has(node.output)) return;
    if (node.opType !== 'Conv' && !DECODING.has(node.opType)) return;
    found.add(node.output);
    if (node.opType !== 'Conv' || takesMean(node, producers)) for (const input of node.inputs) visit(input);
  };
  for (const { value } of outputs) {
    const last = producers.get(value);
    if (last === undefined) continue;
    visit(value);
    // An activation, of whatever kind.
    found.add(last.output);
    if (producers.get(last.inputs[0]!)?.opType === 'Conv') visit(last.inputs[0]!);
  }
  return found;
}

/** Of a distribution, as a convolution with numbers of bins for weights does in YOLOv8 and its kin. */
function takesMean({ inputs: [value] }: OnnxNode, producers: ReadonlyMap<string, OnnxNode>): boolean {
  const before = producers.get(value!);
  if (before?.opType === 'Transpose') return takesMean(before, producers);
  return before?.opType === 'Softmax';
}
