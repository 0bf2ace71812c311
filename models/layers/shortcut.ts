// [shortcut]: sum with earlier layers. Channels may differ (the partial residual of PRN): the overlap is added.
// A larger map is sampled every few cells, as Darknet's ResNets do in place of a projection.

import { expected } from '#common/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { type Shape, shapeText } from '../graph/graph.js';
import { type Activation, addActivation, parseActivation } from './activation.js';
import { backwards, type LayerKind, type OnnxContext, previous } from './kind.js';

export interface ShortcutLayer {
  readonly kind: 'shortcut';
  readonly activation: Activation;
}

export const shortcut: LayerKind<ShortcutLayer> = {
  section: 'shortcut',

  parse(section: CfgSection, index: number) {
    const weights = section.text('weights_type') ?? 'none';
    if (weights !== 'none') throw expected('none or absent', section.where('weights_type'), weights);
    const activation = parseActivation(section.text('activation') ?? 'linear', section.where('activation'));
    return {
      layer: { kind: 'shortcut', activation },
      inputs: [previous(index), ...section.layers('from', index)],
    };
  },

  options: ({ index, layer, inputs }) => ({
    from: backwards(inputs.slice(1), index),
    activation: layer.activation,
  }),

  output(_layer, [first, ...others]) {
    for (const other of others) sampling(first!, other);
    return first!;
  },

  onnx({ index, layer, inputShapes }, { graph, values }) {
    const name = `shortcut_${index}`;
    let sum = values[0]!;
    const width = inputShapes[0]!.channels;
    for (let i = 1; i < values.length; i++) {
      const stride = sampling(inputShapes[0]!, inputShapes[i]!);
      const other = stride === 1 ? values[i]! : sample(graph, values[i]!, stride, `${name}_${i}_sampled`);
      sum = addOverlap(graph, sum, width, other, inputShapes[i]!.channels, `${name}_${i}`);
    }
    return addActivation(graph, layer.activation, sum, name);
  },
};

/** Cells of `other` per cell of `map`, in each direction. */
function sampling(map: Shape, other: Shape): number {
  const stride = other.height / map.height;
  if (!Number.isInteger(stride) || other.width !== map.width * stride)
    throw expected(
      `inputs of ${map.height}x${map.width} or a multiple of that size`,
      'shortcut',
      shapeText(other),
    );
  return stride;
}

/** The first cell of each `stride` x `stride`: a pool of one cell. */
function sample(graph: OnnxContext['graph'], value: string, stride: number, name: string): string {
  return graph.node('MaxPool', [value], name, { kernel_shape: [1, 1], strides: [stride, stride] });
}

function addOverlap(
  graph: OnnxContext['graph'],
  sum: string,
  width: number,
  other: string,
  otherWidth: number,
  name: string,
): string {
  if (otherWidth === width) return graph.node('Add', [sum, other], name);
  if (otherWidth > width)
    return graph.node('Add', [sum, graph.channels(other, 0, width, `${name}_first`)], name);
  const added = graph.node(
    'Add',
    [graph.channels(sum, 0, otherWidth, `${name}_first`), other],
    `${name}_sum`,
  );
  const rest = graph.channels(sum, otherWidth, width, `${name}_rest`);
  return graph.node('Concat', [added, rest], name, { axis: 1 });
}
