// ONNX graphs -> works: beside those of the Darknet layers that they were written from, and counted by hand.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { predictFolder } from '../../../../agent/bench/predict.js';
import { targetOf } from '../../../../agent/device/execution-target.js';
import { limitsOf } from '../../../../agent/device/limits.js';
import { readProfiles } from '../../../../agent/device/profiles.js';
import { onnxRuntimeCpu } from '../../../../models/cost/engines.js';
import { workOfProgram } from '../../../../models/cost/onnx-work.js';
import { predict, predictWorks } from '../../../../models/cost/roofline.js';
import { type Precision, workOf } from '../../../../models/cost/work.js';
import { readModelFolder, writeModelFolder } from '../../../../models/folder/folder.js';
import { worksOfFolder } from '../../../../models/folder/works.js';
import { describeNodes } from '../../../../models/import/describe-layers.js';
import type { Graph } from '../../../../models/layers/registry.js';
import { findNetwork } from '../../../../models/networks/catalogue.js';
import { initialWeights } from '../../../../models/networks/initial-weights.js';
import { buildNetwork } from '../../../../models/networks/network-spec.js';
import { encodeOnnx } from '../../../../models/onnx/encode.js';
import { OnnxGraph } from '../../../../models/onnx/onnx-graph.js';
import type { OnnxProgram } from '../../../../models/onnx/program.js';
import { composeOnnx } from '../../../../models/onnx/write.js';
import { shapesOf } from '../../../../models/passes/shapes.js';
import { brightModel } from '../../../support/bright-model.js';

const machine = {
  roofGops: { fp32: 100, int8: 400 },
  bandwidthGBs: 30,
  cacheBytes: 4e6,
  threads: { count: 1, oneGBs: 30 },
};

function written(graph: Graph): OnnxProgram {
  return composeOnnx(graph, initialWeights(graph, 1), { input: 'uint8' });
}

function shapes(program: OnnxProgram): Map<string, readonly number[]> {
  const inside = [...shapesOf(program)].map(
    ([name, { channels, height, width }]) => [name, [1, channels, height, width]] as const,
  );
  return new Map([...inside, ...[...program.constants].map(([name, { dims }]) => [name, dims] as const)]);
}

describe.each([
  'peleenet',
  'peleenext',
  'secsppeleenet-swish',
  'csppeleenet-prn-swish',
  'csppeleenet-efm-sam',
  'csppeleenet-efm-spp',
  'csppeleenet-gfm',
  'cspdensenet-ref-prn-3l',
  'densenet-201-elastic',
  'yolov3-tiny-prn',
  'yolov4-tiny',
])('%s', (name) => {
  const graph = buildNetwork(findNetwork(name), { size: 256 });
  const program = written(graph);

  test.each<Precision>(['fp32', 'int8'])(
    'costs in %s what its Darknet layers cost, to a few percent',
    (precision) => {
      const works = workOfProgram(program, shapes(program), precision);
      const { latencyMs, memoryBytes } = predictWorks(works, precision, machine, onnxRuntimeCpu);
      const byLayers = predict(graph, precision, machine, onnxRuntimeCpu);
      expect(Math.abs(latencyMs / byLayers.latencyMs - 1)).toBeLessThan(0.03);
      // Batch norms that stay have four numbers for each channel, which Darknet's layers count as none.
      expect(Math.abs(memoryBytes / byLayers.memoryBytes - 1)).toBeLessThan(0.05);
    },
  );

  test('multiplies as often, with as many weights', () => {
    const works = workOfProgram(program, shapes(program), 'fp32');
    const layers = workOf(graph, 'fp32').filter(({ matrix }) => matrix);
    const convolutions = works.filter(({ matrix }) => matrix);
    expect(convolutions.map(({ operations, matrix }) => ({ operations, matrix }))).toEqual(
      layers.map(({ operations, matrix }) => ({ operations, matrix })),
    );
    expect(convolutions.map(({ weightBytes }) => weightBytes)).toEqual(layers.map((one) => one.weightBytes));
    expect(convolutions.map(({ activation }) => activation)).toEqual(layers.map((one) => one.activation));
  });
});

/** 8 channels of 4x4 through a convolution and what follows. */
function afterConvolution(
  follow: (graph: OnnxGraph, value: string) => string,
  kernel: readonly number[] = [8, 8, 1, 1],
  attributes = {},
) {
  const graph = new OnnxGraph();
  const picture = graph.input('x', 'float32', [1, 8, 4, 4]);
  const count = kernel.reduce((product, length) => product * length);
  const weights = graph.tensor('w', kernel, new Float32Array(count));
  const bias = graph.tensor('b', [kernel[0]!], new Float32Array(kernel[0]!));
  const convolved = graph.node('Conv', [picture, weights, bias], 'conv', {
    kernel_shape: kernel.slice(2),
    ...attributes,
  });
  graph.output(follow(graph, convolved), 'y', [1, 8, 4, 4]);
  const { program } = graph;
  return workOfProgram(program, shapes(program), 'fp32');
}

test.each<[string, (graph: OnnxGraph, value: string) => string, string, number]>([
  ['nothing', (_, value) => value, 'linear', 1],
  ['Relu', (graph, value) => graph.node('Relu', [value], 'relu'), 'relu', 1],
  ['HardSwish', (graph, value) => graph.node('HardSwish', [value], 'hard'), 'swish', 1],
  [
    'Sigmoid and Mul, in either order of its inputs',
    (graph, value) => graph.node('Mul', [graph.node('Sigmoid', [value], 'gate'), value], 'mul'),
    'swish',
    1,
  ],
  [
    'Softplus, Tanh and Mul',
    (graph, value) => {
      const gate = graph.node('Tanh', [graph.node('Softplus', [value], 'soft')], 'gate');
      return graph.node('Mul', [value, gate], 'mul');
    },
    'mish',
    1,
  ],
  [
    'a Sigmoid that something else is multiplied by: kernels of their own',
    (graph, value) => {
      const gate = graph.node('Sigmoid', [value], 'gate');
      return graph.node('Mul', [graph.node('Add', [value, gate], 'sum'), gate], 'mul');
    },
    'linear',
    4,
  ],
  [
    'Reshape, which is only a name, and Softmax, which is not',
    (graph, value) => graph.node('Softmax', [graph.node('Identity', [value], 'same')], 'soft'),
    'linear',
    2,
  ],
])('a convolution and %s', (_, follow, activation, count) => {
  const works = afterConvolution(follow);
  expect([works[0]!.activation, works.length]).toEqual([activation, count]);
  // Whatever stands between, what is read is a work or the picture.
  const known = new Set([-1, ...works.map(({ index }) => index)]);
  expect(works.flatMap(({ inputs }) => inputs).filter((input) => !known.has(input))).toEqual([]);
});

test.each<[string, readonly number[], object, object]>([
  [
    'depthwise',
    [8, 1, 3, 3],
    { group: 8, pads: [1, 1, 1, 1] },
    { filters: 1, reduction: 9, pixels: 16, pieces: 9 * 16 * 8, isDepthwise: true },
  ],
  [
    'in two groups',
    [6, 4, 1, 1],
    { group: 2 },
    { filters: 3, reduction: 4, pixels: 16, pieces: 0, isDepthwise: false },
  ],
])('a convolution %s', (_, kernel, attributes, matrix) => {
  const [work] = afterConvolution((_graph, value) => value, kernel, attributes);
  expect(work!.matrix).toEqual(matrix);
  expect(work!.operations).toBe(2 * 16 * kernel.reduce((product, length) => product * length));
});

test('a product of matrices, by the shapes of its values', () => {
  const graph = new OnnxGraph();
  const left = graph.input('x', 'float32', [1, 20, 30]);
  const right = graph.tensor('w', [30, 40], new Float32Array(1200));
  graph.output(graph.node('MatMul', [left, right], 'product'), 'y', [1, 20, 40]);
  const dims = new Map([
    ['x', [1, 20, 30]],
    ['product', [1, 20, 40]],
  ]);
  const [work] = workOfProgram(graph.program, dims, 'fp32');
  expect(work).toMatchObject({
    operations: 2 * 20 * 30 * 40,
    weightBytes: 4800,
    inputBytes: [2400],
    outputBytes: 3200,
    matrix: { filters: 40, reduction: 30, pixels: 20 },
  });
});

test('all outputs of a node are written, and each reader reads its own', () => {
  const program: OnnxProgram = {
    inputs: [{ name: 'x', type: 'float32', dims: [1, 8, 4, 4] }],
    nodes: [
      { opType: 'Split', inputs: ['x'], output: 'a', furtherOutputs: ['b'], attributes: { axis: 1 } },
      { opType: 'Exp', inputs: ['b'], output: 'y', attributes: {} },
    ],
    constants: new Map(),
    outputs: [{ name: 'y', value: 'y', dims: [1, 6, 4, 4] }],
  };
  const dims = new Map([
    ['x', [1, 8, 4, 4]],
    ['a', [1, 2, 4, 4]],
    ['b', [1, 6, 4, 4]],
    ['y', [1, 6, 4, 4]],
  ]);
  const works = workOfProgram(program, dims, 'int8');
  expect(works.map(({ inputs, inputBytes, outputBytes }) => ({ inputs, inputBytes, outputBytes }))).toEqual([
    { inputs: [-1], inputBytes: [128], outputBytes: 128 },
    { inputs: [0], inputBytes: [96], outputBytes: 96 },
  ]);
});

describe('a folder without Darknet files', () => {
  const graph = buildNetwork(findNetwork('yolov4-tiny'), { size: 64 });
  const program = written(graph);
  const layers = describeNodes(program, shapes(program));
  const write = async (kept: typeof layers) => {
    const { files: _, ...description } = (await readModelFolder(await brightModel())).description;
    const folder = mkdtempSync(join(tmpdir(), 'works-'));
    return writeModelFolder(folder, { ...description, layers: kept }, encodeOnnx(program, 'tiny'));
  };

  test('costs what its ONNX graph costs', async () => {
    expect(await worksOfFolder(await write(layers), 'fp32')).toEqual(
      workOfProgram(program, shapes(program), 'fp32'),
    );
  });

  test('is predicted as one with them is', async () => {
    const profile = (await readProfiles()).find(({ name }) => name === 'generic-x86-64')!;
    const chosen = { limits: limitsOf(profile), because: 'a test' };
    const predicted = await predictFolder(await write(layers), 'fp32', 'cpu', 2, chosen);
    const target = targetOf(chosen.limits, 'cpu', 2);
    const byLayers = predict(graph, 'fp32', target.machine, target.engine);
    expect(predicted!.latencyMs / byLayers.latencyMs).toBeCloseTo(1, 1);
  });

  test('of other layers than model.json has is an error', async () => {
    await expect(worksOfFolder(await write(layers.slice(1)), 'fp32')).rejects.toThrow(
      'expected a layer of model.json for each node',
    );
  });
});
