// Outputs of every element type -> the floats that decoders read, or one line.

import { expect, test } from 'vitest';
import { encodeOnnx } from '../../../models/onnx/encode.js';
import { OnnxGraph } from '../../../models/onnx/onnx-graph.js';
import { openOnnxRuntime } from '../../../models/runtime/onnxruntime.js';

const input = { name: 'pixels', width: 2, height: 1 };
const pixels = Uint8Array.of(0, 1, 2, 3, 100, 255); // (1, 3, 1, 2)

/** Gives its pixels as another type. @param to number of the type in ONNX */
function cast(to: number): Uint8Array {
  const dims = [1, 3, 1, 2];
  const graph = OnnxGraph.of({
    inputs: [{ name: input.name, type: 'uint8', dims }],
    ...{ nodes: [], constants: new Map(), outputs: [], opset: 13 },
  });
  const value = graph.node('Cast', [input.name], 'cast', { to });
  graph.addOutput({ name: 'labels', value, dims, type: 'any' });
  return encodeOnnx(graph.program, 'cast');
}

async function labels(to: number): Promise<Float32Array> {
  const options = { provider: 'cpu', threads: 1 };
  const session = await openOnnxRuntime(cast(to), { name: 'cast', input }, options);
  try {
    return (await session.run(pixels)).get('labels')!;
  } finally {
    await session.close();
  }
}

test.each([
  ['float32', 1],
  ['uint8', 2],
  ['int32', 6],
  ['int64', 7],
])('%s', async (_, to) => {
  expect(await labels(to)).toEqual(Float32Array.from(pixels));
});

test.each([
  ['float16', 10],
  ['float64', 11],
  ['bool', 9],
])('%s is refused', async (type, to) => {
  await expect(labels(to)).rejects.toThrow(
    `expected floats of 32 bits or integers for output labels, received ${type}`,
  );
});

test.each<[string, Partial<typeof input>]>([
  ['another size', { width: 4 }],
  ['another name', { name: 'images' }],
])('a network whose input has %s is refused before it runs', async (_, other) => {
  const model = { name: 'cast', input: { ...input, ...other } };
  const { name, width } = model.input;
  await expect(openOnnxRuntime(cast(1), model, { provider: 'cpu', threads: 1 })).rejects.toThrow(
    `expected ${name} 1x3x1x${width} uint8 for the input of the network of cast, received pixels 1x3x1x2 uint8`,
  );
});
