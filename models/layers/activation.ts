// Darknet's activation names -> ONNX nodes.

import { expected } from '#common/errors.js';
import type { OnnxGraph } from '../onnx/onnx-graph.js';

export const ACTIVATIONS = [
  'linear',
  'leaky',
  'relu',
  'relu6',
  'logistic',
  'tanh',
  'swish',
  'mish',
  'elu',
  'hard_mish',
] as const;

export type Activation = (typeof ACTIVATIONS)[number];

export function parseActivation(name: string, where: string): Activation {
  const found = ACTIVATIONS.find((activation) => activation === name);
  if (!found) throw expected(`one of ${ACTIVATIONS.join(', ')}`, where, name);
  return found;
}

/** Adds the activation after `value`; returns the name of the result. */
export function addActivation(graph: OnnxGraph, activation: Activation, value: string, name: string): string {
  switch (activation) {
    case 'linear':
      return value;
    case 'leaky':
      // One LeakyRelu node: ONNX Runtime fuses it into the convolution, Mul + Max it does not.
      return graph.node('LeakyRelu', [value], `${name}_leaky`, { alpha: 0.1 });
    case 'relu':
      return graph.node('Relu', [value], `${name}_relu`);
    case 'relu6':
      return graph.node('Clip', [value, graph.scalar(0), graph.scalar(6)], `${name}_relu6`);
    case 'logistic':
      return graph.node('Sigmoid', [value], `${name}_logistic`);
    case 'tanh':
      return graph.node('Tanh', [value], `${name}_tanh`);
    case 'elu':
      return graph.node('Elu', [value], `${name}_elu`, { alpha: 1 });
    case 'swish': {
      const gate = graph.node('Sigmoid', [value], `${name}_gate`);
      return graph.node('Mul', [value, gate], `${name}_swish`);
    }
    case 'mish': {
      const soft = graph.node('Softplus', [value], `${name}_softplus`);
      const gate = graph.node('Tanh', [soft], `${name}_gate`);
      return graph.node('Mul', [value, gate], `${name}_mish`);
    }
    case 'hard_mish': {
      // min(2, max(0, x + 2)) * x / 2
      const shifted = graph.node('Add', [value, graph.scalar(2)], `${name}_shifted`);
      const clipped = graph.node('Clip', [shifted, graph.scalar(0), graph.scalar(2)], `${name}_clipped`);
      const half = graph.node('Mul', [value, graph.scalar(0.5)], `${name}_half`);
      return graph.node('Mul', [half, clipped], `${name}_hardmish`);
    }
  }
}
