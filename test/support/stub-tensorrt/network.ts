// A network that the stub of TensorRT "runs", a picture for it, and what the stub then answers.

import { encodeOnnx } from '../../../models/onnx/encode.js';
import { OnnxGraph } from '../../../models/onnx/onnx-graph.js';

export const STUB_MODEL = { name: 'tiny', input: { name: 'pixels', width: 6, height: 4 } };
const HEADS = { heads: 10, boxes: 3 };
export const PIXELS = Uint8Array.from({ length: 3 * 4 * 6 }, (_, i) => (i * 37) % 256);

/** The stub reads inputs and outputs from its name. @param more of the name, so that it is another network */
export function stubNetwork(more = ''): Uint8Array {
  const graph = new OnnxGraph();
  const raw = graph.input('pixels', 'uint8', [1, 3, 4, 6]);
  graph.output(graph.node('Cast', [raw], 'picture', { to: 1 }), 'heads', [1, 3, 4, 6]);
  return encodeOnnx(graph.program, `stub 1x3x4x6;heads 0 1x2x5;boxes 0 1x3| ${more}`);
}

/** As the stub's head says. */
export const stubAnswer = (pixels: Uint8Array) =>
  new Map(
    Object.entries(HEADS).map(([name, count], k) => [
      name,
      Float32Array.from({ length: count }, (_, i) => pixels[(7 * i + k + 1) % pixels.length]! / 2 + k + 1),
    ]),
  );
