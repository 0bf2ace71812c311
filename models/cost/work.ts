// Graph + precision -> what each layer asks of a machine: operations, and bytes of weights, inputs and output.

import { elements, type PlacedLayer } from '../graph/graph.js';
import type { Activation } from '../layers/activation.js';
import { type Graph, kindOf, type Layer } from '../layers/registry.js';

export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

export const BYTES_PER_VALUE: Readonly<Record<Precision, number>> = { fp32: 4, fp16: 2, int8: 1 };

/** A convolution as a matrix product: (filters, reduction) x (reduction, pixels), `groups` times. */
export interface MatrixShape {
  readonly filters: number;
  readonly reduction: number;
  readonly pixels: number;
  /** Runs of neighbouring values that are copied together to make the second matrix; none for a 1x1 kernel. */
  readonly pieces: number;
  /** One filter for each channel. */
  readonly isDepthwise: boolean;
}

export interface LayerWork {
  readonly index: number;
  /** Of a Darknet layer, or the name of an ONNX operator. */
  readonly kind: string;
  /** Where the values come from: indices of works, or PICTURE. Layers that only name values are looked through. */
  readonly inputs: readonly number[];
  /** Two per multiply-add. */
  readonly operations: number;
  /** Values written. */
  readonly values: number;
  readonly weightBytes: number;
  /** Of each input, in their order. */
  readonly inputBytes: readonly number[];
  readonly outputBytes: number;
  /** What comes after the layer's own work, `linear` for nothing. */
  readonly activation: Activation;
  /** A mean of windows. */
  readonly isAverage?: boolean;
  /** Of convolutions. */
  readonly matrix?: MatrixShape;
}

/** One for each layer that does something: what a route of one input, dropout or a head does is nothing. */
export function workOf(graph: Graph, precision: Precision): LayerWork[] {
  const bytes = BYTES_PER_VALUE[precision];
  const sources = graph.layers.map((placed) => (isName(placed) ? placed.inputs[0]! : placed.index));
  const source = (index: number): number => {
    const next = sources[index] ?? index;
    return next === index ? index : source(next);
  };
  return graph.layers
    .filter((placed) => !isName(placed))
    .map((placed) => ({
      index: placed.index,
      kind: placed.layer.kind,
      inputs: placed.inputs.map(source),
      operations: kindOf(placed.layer).operations?.(placed) ?? 0,
      values: elements(placed.output),
      weightBytes: weightBytes(placed, bytes),
      inputBytes: placed.inputShapes.map((shape) => elements(shape) * bytes),
      outputBytes: elements(placed.output) * bytes,
      activation: activationAfter(placed),
      ...(placed.layer.kind === 'local_avgpool' && { isAverage: true }),
      ...matrixOf(placed),
    }));
}

function isName({ layer, inputs }: PlacedLayer<Layer>): boolean {
  if (layer.kind === 'route') return inputs.length === 1 && layer.groups === 1;
  return layer.kind === 'dropout' || layer.kind === 'yolo';
}

/** That of an [activation] is its own work. */
function activationAfter({ layer }: PlacedLayer<Layer>): Activation {
  return layer.kind === 'convolutional' || layer.kind === 'shortcut' ? layer.activation : 'linear';
}

/** Kernel in the precision of the network, biases in 4 bytes; batch norm is folded into both. */
function weightBytes(placed: PlacedLayer<Layer>, bytes: number): number {
  const counts = kindOf(placed.layer).weights?.(placed);
  return counts ? counts.kernel * bytes + counts.filters * 4 : 0;
}

function matrixOf({ layer, inputShapes, output }: PlacedLayer<Layer>): { matrix?: MatrixShape } {
  if (layer.kind !== 'convolutional') return {};
  const reduction = (inputShapes[0]!.channels / layer.groups) * layer.size ** 2;
  const pixels = output.height * output.width;
  const pieces = layer.size === 1 ? 0 : layer.size ** 2 * pixels * layer.groups;
  const isDepthwise = layer.groups > 1 && layer.groups === inputShapes[0]!.channels;
  return { matrix: { filters: layer.filters / layer.groups, reduction, pixels, pieces, isDepthwise } };
}
