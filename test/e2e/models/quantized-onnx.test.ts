// A small network of every operator that goes into int8 -> accepted by onnx.checker, and computed alike by ONNX's own
// evaluator in numpy and by ONNX Runtime's integer kernels.
// To renew: UPDATE_FIXTURES=1 PYTHON=<with onnx> npx vitest run --project e2e-models test/e2e/models/quantized-onnx

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NetworkBuilder } from '../../../models/networks/builder.js';
import { initialWeights } from '../../../models/networks/initial-weights.js';
import { seededRandom } from '../../../models/networks/random.js';
import { encodeOnnx } from '../../../models/onnx/encode.js';
import { composeOnnx } from '../../../models/onnx/write.js';
import { dropUnused } from '../../../models/passes/drop-unused.js';
import { integerForm } from '../../../models/passes/optimize-for-cpu.js';
import { shapesOf } from '../../../models/passes/shapes.js';
import { calibrate, withAllOutputs } from '../../../models/quantize/calibrate.js';
import { boundedPairs } from '../../../models/quantize/forms/bounded-pairs.js';
import { matrixHeads } from '../../../models/quantize/matrix-heads.js';
import { toQdq } from '../../../models/quantize/qdq.js';
import { repeatCells } from '../../../models/quantize/repeat-cells.js';
import { sqnrDb } from '../../../models/quantize/sensitivity.js';
import type { Outputs } from '../../../models/runtime/session.js';
import { oracle } from '../../support/oracle.js';
import { runProgram } from '../../support/run-program.js';

const SIZE = 16;
// The only one that is right on every processor: the outputs that numpy gives are kept in a file.
const form = boundedPairs;

function everyOperator() {
  const net = new NetworkBuilder({ size: SIZE, classes: 1, activation: 'relu' });
  const x = net.conv(net.picture, 8, 3, { stride: 2 });
  const leaky = net.conv(x, 8, 3, { activation: 'leaky' });
  const grouped = net.conv(leaky, 8, 3, { groups: 8 });
  const sum = net.shortcut(grouped, [x], 'relu');
  const small = net.maxpool(net.maxout(net.concat(sum, leaky), 8), 2, 2);
  const map = net.concat(net.upsample(net.conv(small, 8, 1)), net.slice(sum, 2, 1));
  const gate = net.conv(map, 12, 1, { activation: 'logistic' });
  net.yolo(
    net.attend(map, gate),
    [
      [4, 4],
      [8, 8],
    ],
    [0, 1],
  );
  return net.graph;
}

async function* measured(outputs: Promise<Outputs>) {
  yield await outputs;
}

test('numpy and ONNX Runtime agree', async () => {
  const graph = everyOperator();
  const program = integerForm(composeOnnx(graph, initialWeights(graph, 7), { input: 'uint8' }));
  const random = seededRandom(5);
  const pixels = Uint8Array.from({ length: 3 * SIZE * SIZE }, () => 256 * random());
  // Rounded up to powers of two: the last bits of floats differ from machine to machine.
  const { histograms } = await calibrate(program, measured(runProgram(withAllOutputs(program), pixels)));
  const powerOfTwo = (value: number) =>
    value === 0 ? 0 : Math.sign(value) * 2 ** Math.ceil(Math.log2(Math.abs(value)));
  const ranges = new Map(
    [...histograms].map(([value, { min, max }]) => [value, { min: powerOfTwo(min), max: powerOfTwo(max) }]),
  );
  const head = program.outputs.map(({ value }) => value);
  const shapes = shapesOf(program);
  const qdq = repeatCells(toQdq(program, { ranges, keep: new Set(head), form }), shapes);
  const int8 = dropUnused(matrixHeads(qdq, shapes, new Map(head.map((value) => [value, undefined])), form));
  const types = new Set(int8.nodes.map(({ opType }) => opType));
  for (const type of [
    'Add',
    'Concat',
    'Conv',
    'LeakyRelu',
    'MatMul',
    'MaxPool',
    'Mul',
    'Sigmoid',
    'Transpose',
  ])
    expect(types).toContain(type);

  const onnx = encodeOnnx(int8, 'every-operator');
  const { outputs } = oracle<{ outputs: Record<string, number[]> }>(
    'onnx-int8.json',
    [onnx, pixels],
    'reference-onnx.py',
    (folder) => {
      const [model, picture] = [join(folder, 'model.onnx'), join(folder, 'pixels')];
      writeFileSync(model, onnx);
      writeFileSync(picture, pixels);
      return { model, pixels: picture, size: SIZE };
    },
  );
  const found = await runProgram(int8, pixels);
  const reference = new Map(
    Object.entries(outputs).map(([name, values]) => [name, Float32Array.from(values)]),
  );
  expect([...found.keys()]).toEqual([...reference.keys()]);
  // Some values lie on the border of two steps.
  expect(sqnrDb([reference], [found])).toBeGreaterThan(45);
  // Ranges as wide as these leave few steps.
  const floats = await runProgram(program, pixels);
  expect(sqnrDb([floats], [found])).toBeGreaterThan(10);
});
