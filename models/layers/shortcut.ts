// [shortcut]: sum with earlier layers. Channels may differ (the partial residual of PRN): the overlap is added.

import { expected } from '../../agent/errors.js';
import type { CfgSection } from '../darknet/cfg.js';
import { sameSize, shapeText } from '../graph/graph.js';
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
    for (const other of others)
      if (!sameSize(first!, other))
        throw expected(`inputs of one size, ${first!.height}x${first!.width}`, 'shortcut', shapeText(other));
    return first!;
  },

  onnx({ index, layer, inputShapes }, { graph, values }) {
    const name = `shortcut_${index}`;
    let sum = values[0]!;
    const width = inputShapes[0]!.channels;
    for (let i = 1; i < values.length; i++)
      sum = addOverlap(graph, sum, width, values[i]!, inputShapes[i]!.channels, `${name}_${i}`);
    return addActivation(graph, layer.activation, sum, name);
  },
};

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
