// The one representation of a network: layers in Darknet's order, each with its inputs and shapes.
// Darknet import, ONNX writing, cost and documentation all read it.

/** One feature map: channels, height, width. The batch is always 1. */
export interface Shape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Index of the picture among a layer's inputs. */
export const PICTURE = -1;

export interface PlacedLayer<L> {
  readonly index: number;
  readonly layer: L;
  /** Indices of layers, or PICTURE. */
  readonly inputs: readonly number[];
  readonly inputShapes: readonly Shape[];
  readonly output: Shape;
}

/** The kinds of layer that there are, and the `Graph` of them, stand in layers/registry.ts. */
export interface LayerGraph<L> {
  readonly input: Shape;
  readonly layers: readonly PlacedLayer<L>[];
}

export function shapeText(shape: Shape): string {
  return `${shape.channels}x${shape.height}x${shape.width}`;
}

export function sameSize(a: Shape, b: Shape): boolean {
  return a.height === b.height && a.width === b.width;
}

export function elements(shape: Shape): number {
  return shape.channels * shape.height * shape.width;
}
