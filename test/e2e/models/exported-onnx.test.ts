// Every network of the catalogue as plain ONNX -> accepted by TensorRT's operator list, onnx.checker, OpenCV and ONNX
// Runtime, and the two that compute agree.
// To renew: UPDATE_FIXTURES=1 PYTHON=<with onnx and cv2> npx vitest run --project e2e-models test/e2e/models/exported-onnx

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { readNetwork } from '../../../models/darknet/network.js';
import { readWeights, writeWeights } from '../../../models/darknet/weights.js';
import { CATALOGUE } from '../../../models/networks/catalogue.js';
import { encodeOnnx } from '../../../models/onnx/encode.js';
import { composeOnnx, INPUT_NAME, outputLayers, outputName, writeOnnx } from '../../../models/onnx/write.js';
import { optimizeForCpu } from '../../../models/passes/optimize-for-cpu.js';
import { type OnnxModel, readOnnx } from '../../support/onnx-model.js';
import { oracle } from '../../support/oracle.js';
import { type SeededNetwork, seededNetwork } from '../../support/seeded-network.js';

const SIZE = 160;
const FLOAT = 1;
const UINT8 = 2;
const INT64 = 7;

// Of what our networks can need, the operators of TensorRT 8.2's ONNX parser: docs/operators.md of onnx-tensorrt, release
// 8.2-GA (opset 13).
const tensorRt = new Set([
  'Add',
  'AveragePool',
  'BatchNormalization',
  'Cast',
  'Clip',
  'Concat',
  'Conv',
  'Elu',
  'GlobalAveragePool',
  'Identity',
  'LeakyRelu',
  'Max',
  'MaxPool',
  'Mul',
  'Relu',
  'Resize',
  'Sigmoid',
  'Slice',
  'Softmax',
  'Softplus',
  'Tanh',
]);

/** @param input its type: bytes are declared as floats for 8.2 by the engine, and their one Cast then changes nothing */
function expectTensorRt({ opset, nodes, initializers, inputs, outputs }: OnnxModel, input: number): void {
  expect(opset).toBe(13);
  expect(inputs).toEqual([input]);
  expect(outputs).toEqual(outputs.map(() => FLOAT));
  expect(nodes.filter(({ opType }) => opType === 'Cast')).toEqual(
    input === FLOAT ? [] : [expect.objectContaining({ inputs: [INPUT_NAME], attributes: { to: FLOAT } })],
  );
  expect(new Set(initializers.values())).toEqual(new Set([...initializers.values()].filter(isConstantType)));
  for (const { opType, inputs: from, attributes } of nodes) {
    expect(tensorRt).toContain(opType);
    const constants = { Conv: from.slice(1), Slice: from.slice(1), Resize: from.slice(2) }[opType] ?? [];
    for (const name of constants) expect(initializers.has(name), `${opType} of ${name}`).toBe(true);
    if (opType === 'Resize') expectResize(attributes);
  }
}

function expectResize({ mode, ...attributes }: OnnxModel['nodes'][number]['attributes']): void {
  expect(['nearest', 'linear']).toContain(mode);
  expect(['half_pixel', 'pytorch_half_pixel', 'asymmetric', 'align_corners']).toContain(
    attributes['coordinate_transformation_mode'] ?? 'half_pixel',
  );
  expect(['floor', 'ceil', 'round_prefer_floor', 'round_prefer_ceil']).toContain(
    attributes['nearest_mode'] ?? 'round_prefer_floor',
  );
}

const isConstantType = (type: number) => type === FLOAT || type === INT64;

test.each(CATALOGUE.map((system) => ({ name: system.name, system })))('$name', async ({ name, system }) => {
  const network = seededNetwork(system, { size: SIZE }, 3);
  expectSameNetwork(network);

  const onnx = writeOnnx(network.graph, network.weights, name, { input: 'float32' });
  expectTensorRt(readOnnx(onnx), FLOAT);
  // As model folders have it.
  const asShipped = optimizeForCpu(composeOnnx(network.graph, network.weights, { input: 'uint8' }));
  expectTensorRt(readOnnx(encodeOnnx(asShipped, name)), UINT8);

  const names = outputLayers(network.graph).map(outputName);
  const sample = system.task === 'detection' ? 211 : 13;
  const pixels = Float32Array.from(network.pixels, (value) => value / 255);
  const { outputs } = oracle<{ outputs: readonly (readonly number[])[] }>(
    `onnx/${name}.json`,
    [onnx, network.pixels],
    'check-onnx.py',
    (folder) => ({
      model: written(join(folder, 'model.onnx'), onnx),
      pixels: written(join(folder, 'pixels'), new Uint8Array(pixels.buffer)),
      size: SIZE,
      outputs: names,
      sample,
    }),
  );
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const found = await session.run({ [INPUT_NAME]: new Tensor('float32', pixels, [1, 3, SIZE, SIZE]) });
  await session.release();
  names.forEach((output, i) => {
    const reference = outputs[i]!;
    const values = (found[output]!.data as Float32Array).filter((_, at) => at % sample === 0);
    const usual = Math.sqrt(reference.reduce((sum, value) => sum + value * value, 0) / reference.length);
    const worst = Math.max(...reference.map((value, at) => Math.abs(values[at]! - value)));
    expect(values.length).toBe(reference.length);
    expect(worst / usual).toBeLessThan(1e-3);
  });
});

/** The way to Darknet files and back. */
function expectSameNetwork(network: SeededNetwork): void {
  const graph = readNetwork(network.cfg, 'back.cfg');
  expect(graph).toEqual(network.graph);
  const back = writeWeights(graph, readWeights(network.weightsFile, graph, 'back.weights'));
  expect(Buffer.compare(back, network.weightsFile)).toBe(0);
}

function written(file: string, contents: Uint8Array): string {
  writeFileSync(file, contents);
  return file;
}
