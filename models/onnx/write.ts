// Graph + weights -> ONNX model (opset 13, batch 1, raw head outputs; decoding stays outside).

import { PICTURE, type PlacedLayer } from '../graph/graph.js';
import { type Graph, kindOf, type Layer } from '../layers/registry.js';
import type { NetworkWeights } from '../weights.js';
import { encodeOnnx } from './encode.js';
import { OnnxGraph } from './onnx-graph.js';
import type { ElementType, OnnxProgram } from './program.js';

export interface OnnxOptions {
  /** `uint8` takes frames as they are: the cast and 1/255 are part of the graph; `float32` takes values 0..1. */
  readonly input: ElementType;
}

/** Name of the graph's only input, (1, 3, H, W), planar RGB. */
export const INPUT_NAME = 'pixels';

/** The plain form: node by node what the layers say. */
export function writeOnnx(
  graph: Graph,
  weights: NetworkWeights,
  name: string,
  options: OnnxOptions,
): Uint8Array {
  return encodeOnnx(composeOnnx(graph, weights, options), name);
}

/** The nodes that `writeOnnx` writes, for passes to rewrite. */
export function composeOnnx(graph: Graph, weights: NetworkWeights, options: OnnxOptions): OnnxProgram {
  const onnx = new OnnxGraph();
  const { channels, height, width } = graph.input;
  const raw = onnx.input(INPUT_NAME, options.input, [1, channels, height, width]);
  const picture = options.input === 'uint8' ? onnx.node('Cast', [raw], 'picture', { to: 1 }) : raw;
  const pictureScale = options.input === 'uint8' ? 1 / 255 : 1;

  // Layers other than a first convolution rarely read the picture; for them it is scaled once, on demand.
  let scaled: string | undefined;
  const scaledPicture = () => {
    scaled ??= onnx.node('Mul', [picture, onnx.scalar(pictureScale)], 'picture_scaled');
    return scaled;
  };

  const values: string[] = [];
  for (const placed of graph.layers) {
    const foldsScale = placed.layer.kind === 'convolutional' && placed.inputs[0] === PICTURE;
    const value = kindOf(placed.layer).onnx(placed, {
      graph: onnx,
      values: placed.inputs.map((i) => {
        if (i !== PICTURE) return values[i]!;
        return foldsScale || pictureScale === 1 ? picture : scaledPicture();
      }),
      pictureScale: foldsScale ? pictureScale : 1,
      weights: weights.get(placed.index),
    });
    values.push(value);
  }
  for (const placed of outputLayers(graph)) {
    const { channels, height, width } = placed.output;
    onnx.output(values[placed.index]!, outputName(placed), [1, channels, height, width]);
  }
  return onnx.program;
}

/** The heads of a detector, or the last layer of anything else. */
export function outputLayers(graph: Graph): PlacedLayer<Layer>[] {
  const heads = graph.layers.filter((placed) => placed.layer.kind === 'yolo');
  return heads.length > 0 ? heads : graph.layers.slice(-1);
}

/** Apart from the names of nodes, which most kinds of layer call by their kind. */
export function outputName({ index, layer }: PlacedLayer<Layer>): string {
  return `${layer.kind === 'yolo' ? 'yolo' : 'output'}_${index}`;
}
