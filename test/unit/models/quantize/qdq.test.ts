// Networks in int8 -> integer operators in ONNX Runtime, and the integers that plain loops give.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { readCpuFeatures } from '#common/cpu-features.js';
import { describeInput } from '../../../../models/darknet/model.js';
import { readNetwork } from '../../../../models/darknet/network.js';
import type { Graph } from '../../../../models/layers/registry.js';
import { findNetwork } from '../../../../models/networks/catalogue.js';
import { initialWeights } from '../../../../models/networks/initial-weights.js';
import { seededRandom } from '../../../../models/networks/random.js';
import { encodeOnnx } from '../../../../models/onnx/encode.js';
import { OnnxGraph } from '../../../../models/onnx/onnx-graph.js';
import type { OnnxProgram } from '../../../../models/onnx/program.js';
import { composeOnnx } from '../../../../models/onnx/write.js';
import { integerForm } from '../../../../models/passes/optimize-for-cpu.js';
import { shapesOf } from '../../../../models/passes/shapes.js';
import type { Calibration } from '../../../../models/quantize/calibrate.js';
import { amx } from '../../../../models/quantize/forms/amx.js';
import { boundedPairs } from '../../../../models/quantize/forms/bounded-pairs.js';
import { eightBits } from '../../../../models/quantize/forms/eight-bits.js';
import { chooseForm } from '../../../../models/quantize/forms/registry.js';
import { quantizeBias } from '../../../../models/quantize/kernel.js';
import { matrixHeads } from '../../../../models/quantize/matrix-heads.js';
import { toQdq } from '../../../../models/quantize/qdq.js';
import { calibratedRanges, candidates, quantizeProgram } from '../../../../models/quantize/quantize.js';
import { calibrateNetwork, type Quantizable } from '../../../../models/quantize/run-program.js';
import { layerErrors, layersOf, sqnrDb, worstLayers } from '../../../../models/quantize/sensitivity.js';
import { GRAPH_OPTIONS } from '../../../../models/runtime/onnxruntime.js';
import { CfgText } from '../../../support/cfgs.js';
import { readOnnx } from '../../../support/onnx-model.js';
import { runProgram, worstDifference } from '../../../support/run-program.js';
import { seededNetwork } from '../../../support/seeded-network.js';

const noise = ({ height, width }: Graph['input'], seed: number) => {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: 3 * height * width }, () => 256 * random());
};

async function* frames(graph: Graph, count: number) {
  for (let seed = 1; seed <= count; seed++) yield noise(graph.input, seed);
}

const network = (name: string, graph: Graph, weights = initialWeights(graph, 3)): Quantizable => ({
  name,
  input: describeInput(graph),
  program: integerForm(composeOnnx(graph, weights, { input: 'uint8' })),
});

const mse = { method: 'mse', correctBias: true } as const;
/** Of the machine that runs the tests: others may be wrong on it. */
const { form } = chooseForm('cpu', await readCpuFeatures());

function quantized(
  { program }: Quantizable,
  calibration: Calibration,
  { keep = [] as readonly string[], of = form } = {},
): OnnxProgram {
  return quantizeProgram(program, calibratedRanges(program, calibration, mse), {
    keep: new Set(keep),
    form: of,
  });
}

/** Operators after ONNX Runtime's own rewriting. */
async function optimized(program: OnnxProgram): Promise<Record<string, number>> {
  const file = join(mkdtempSync(join(tmpdir(), 'cspcam-int8-')), 'optimized.onnx');
  const session = await InferenceSession.create(encodeOnnx(program, 'int8'), {
    ...GRAPH_OPTIONS,
    optimizedModelFilePath: file,
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  await session.release();
  const counts: Record<string, number> = {};
  for (const { opType } of readOnnx(readFileSync(file)).nodes) counts[opType] = (counts[opType] ?? 0) + 1;
  return counts;
}

describe.each([
  { name: 'csppeleenet-efm-sam', heads: 3 },
  { name: 'cspdensenetb-ref-prn', heads: 2 },
  { name: 'yolov4-tiny', heads: 2 },
])('$name with ReLU', ({ name, heads }) => {
  const seeded = seededNetwork(findNetwork(name), { size: 96, classes: 2, activation: 'relu' }, 3);
  const int8 = network(name, seeded.graph, seeded.weights);
  const calibrated = calibrateNetwork(int8, frames(seeded.graph, 2));

  test('every convolution becomes an integer one, those of the heads products with floats as results', async () => {
    const convolutions = int8.program.nodes.filter(({ opType }) => opType === 'Conv').length;
    const counts = await optimized(quantized(int8, await calibrated));
    expect(counts.QLinearConv).toBe(convolutions - heads);
    expect(counts.MatMulIntegerToFloat).toBe(heads);
    // One before the first convolution.
    expect(counts.Transpose).toBe(1 + heads);
    for (const slow of [
      ...['Conv', 'QuantizeLinear', 'DequantizeLinear', 'Cast', 'Relu', 'Max', 'Slice'],
      ...['Resize', 'MaxPool'],
    ])
      expect(counts[slow] ?? 0, slow).toBe(0);
  });

  test.each([form, amx])('near the floats: $name', async (of) => {
    const program = quantized(int8, await calibrated, { of });
    const zeros = [...program.constants].filter(([name]) => name.endsWith('_kernel_zeros'));
    expect(zeros.some(([, { values }]) => values[0] === 1)).toBe(of === amx);
    const outputs = await runProgram(program, noise(seeded.graph.input, 2));
    const reference = await runProgram(int8.program, noise(seeded.graph.input, 2));
    expect(sqnrDb([reference], [outputs])).toBeGreaterThan(20);
  });
});

test('leaky activations are integer operators too, layers that are kept are not', async () => {
  const { graph, weights } = seededNetwork(findNetwork('yolov4-tiny'), { size: 64, classes: 1 }, 3);
  const int8 = network('leaky', graph, weights);
  const calibration = await calibrateNetwork(int8, frames(graph, 1));
  const leaky = int8.program.nodes.filter(({ opType }) => opType === 'LeakyRelu').length;
  const all = await optimized(quantized(int8, calibration));
  expect(all.QLinearLeakyRelu).toBe(leaky);
  const kept = candidates(int8.program)
    .filter(({ opType }) => opType === 'Conv')
    .slice(1, 3)
    .map(({ output }) => output);
  const less = await optimized(quantized(int8, calibration, { keep: kept }));
  expect(less.QLinearConv).toBe(all.QLinearConv! - 2);
  expect(less.QLinearLeakyRelu).toBe(leaky - 2);
});

test('a convolution computes what plain loops over integers do', async () => {
  const [size, filters] = [8, 5];
  const net = new CfgText(size);
  net.add('convolutional', { filters, size: 3, pad: 1, stride: 1, activation: 'relu' });
  const graph = readNetwork(net.text, 'one.cfg');
  const weights = initialWeights(graph, 9);
  const { kernel } = weights.get(0)!;
  const bias = weights.get(0)!.biases.map((_, i) => 0.3 * i - 0.5);
  const plain = composeOnnx(graph, new Map([[0, { kernel, biases: bias }]]), { input: 'uint8' });
  const top = 2.5;
  const range = { min: 0, max: top };
  const ranges = new Map([
    ['picture', { min: 0, max: 255 }],
    ['conv_0', range],
    ['conv_0_relu', range],
  ]);
  const pixels = noise(graph.input, 4);
  const outputs = await runProgram(toQdq(plain, { ranges, keep: new Set(), form }), pixels);
  const values = outputs.get('output_0')!;

  const folded = kernel.map((weight) => weight / 255);
  const rounded = form.quantizeConvolution({ values: folded, dims: [filters, 3, 3, 3], groups: 1 });
  const biases = quantizeBias(bias, 1, rounded.scales);
  const step = top / 255;
  let clipped = 0;
  for (let filter = 0; filter < filters; filter++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        let sum = biases[filter]!;
        for (let channel = 0; channel < 3; channel++)
          for (let ky = 0; ky < 3; ky++)
            for (let kx = 0; kx < 3; kx++) {
              const [row, column] = [y + ky - 1, x + kx - 1];
              if (row < 0 || column < 0 || row >= size || column >= size) continue;
              const weight = rounded.values[((filter * 3 + channel) * 3 + ky) * 3 + kx]!;
              sum += weight * pixels[(channel * size + row) * size + column]!;
            }
        const steps = (sum * rounded.scales[filter]!) / step;
        const expected = Math.max(0, Math.min(255, Math.round(steps)));
        if (steps < 0 || steps > 255) clipped++;
        const found = values[(filter * size + y) * size + x]! / step;
        // Half a step may round either way.
        expect(Math.abs(found - expected)).toBeLessThan(Math.abs((steps % 1) - 0.5) < 1e-3 ? 1.001 : 0.001);
      }
  expect(clipped).toBeGreaterThan(20);
});

test.each([
  { clipped: 'relu', by: 'negatives', size: 1, beside: 'linear', spread: 6 },
  { clipped: 'relu6', by: 'negatives', size: 1, beside: 'linear', spread: 6 },
  { clipped: 'relu6', by: 'what is larger', size: 1, beside: 'relu', spread: 12 },
  { clipped: 'relu', by: 'negatives after a pool', size: 2, beside: 'linear', spread: 6 },
])('a $clipped clips beside $by', async ({ clipped, size, beside, spread }) => {
  const net = new CfgText(16);
  const stem = net.conv(16, 3, { activation: 'relu' });
  net.conv(16, 3, { activation: clipped });
  const first = net.maxpool(size, 1);
  net.route(stem);
  const second = net.conv(16, 3, { activation: beside });
  net.route(first, second);
  net.add('convolutional', { filters: 6, size: 1, activation: 'linear' });
  const graph = readNetwork(net.text, 'beside.cfg');
  const weights = initialWeights(graph, 3);
  // Both reach beyond 0 and 6.
  for (const layer of [1, second]) weights.get(layer)!.batchNorm!.scales.fill(spread);
  const int8 = network('beside', graph, weights);
  const calibration = await calibrateNetwork(int8, frames(graph, 2));
  const program = quantized(int8, calibration);
  const pixels = noise(graph.input, 2);
  const reference = await runProgram(int8.program, pixels);
  expect(sqnrDb([reference], [await runProgram(program, pixels)])).toBeGreaterThan(25);
  // By bytes, without a way through floats.
  const counts = await optimized(program);
  expect(counts.QLinearConcat).toBe(1);
  for (const slow of ['Relu', 'Clip', 'Conv']) expect(counts[slow] ?? 0, slow).toBe(0);
});

test.each([
  { why: 'its bytes reach below 0', range: { min: -1, max: 5 }, limit: 6, stays: true },
  { why: 'its bytes reach beyond its limit', range: { min: 0, max: 7 }, limit: 6, stays: true },
  { why: 'its bytes end where it does', range: { min: 0, max: 6.01 }, limit: 6, stays: false },
  { why: 'it has no limit', range: { min: 0, max: 7 }, limit: undefined, stays: false },
])('a Clip, as $why: stays $stays', ({ range, limit, stays }) => {
  const graph = new OnnxGraph();
  graph.input('pixels', 'uint8', [1, 3, 8, 8]);
  graph.node('Cast', ['pixels'], 'picture', { to: 1 });
  const kernel = graph.tensor('kernel', [1, 3, 1, 1], Float32Array.of(0.1, -0.1, 0.02));
  graph.node('Conv', ['picture', kernel, graph.tensor('bias', [1], Float32Array.of(0))], 'map', { group: 1 });
  const most = limit === undefined ? [] : [graph.scalar(limit)];
  graph.output(graph.node('Clip', ['map', graph.scalar(0), ...most], 'clipped'), 'output', [1, 1, 8, 8]);
  const ranges = new Map([
    ['map', { min: -25, max: 30 }],
    ['clipped', range],
  ]);
  const { nodes } = toQdq(graph.program, { ranges, keep: new Set(), form });
  expect(nodes.some(({ opType }) => opType === 'Clip')).toBe(stays);
});

test.each([boundedPairs, eightBits, amx])('a bias outlasts tiny weights and none: $name', async (of) => {
  const [filters, channels, size] = [64, 256, 4];
  const graph = new OnnxGraph();
  graph.input('pixels', 'uint8', [1, 3, size, size]);
  graph.node('Cast', ['pixels'], 'picture', { to: 1 });
  const convolution = (from: string, name: string, kernel: Float32Array, of: number, bias: number) =>
    graph.node(
      'Conv',
      [
        from,
        graph.tensor(`${name}_kernel`, [kernel.length / of, of, 1, 1], kernel),
        graph.tensor(`${name}_bias`, [kernel.length / of], new Float32Array(kernel.length / of).fill(bias)),
      ],
      name,
      { group: 1 },
    );
  convolution('picture', 'map', new Float32Array(3 * channels).fill(0.01), 3, 0);
  // Each filter has smaller weights than the one before, the last has none.
  const kernel = Float32Array.from({ length: filters * channels }, (_, at) => {
    const filter = Math.floor(at / channels);
    return filter === filters - 1 ? 0 : 10 ** (-4 - filter / 2);
  });
  const bias = 0.7;
  graph.output(convolution('map', 'last', kernel, channels, bias), 'output', [1, filters, size, size]);
  const ranges = new Map([
    ['map', { min: 0, max: 8 }],
    ['last', { min: 0, max: 1 }],
  ]);
  const program = toQdq(graph.program, { ranges, keep: new Set(), form: of });
  const values = (await runProgram(program, new Uint8Array(3 * size * size))).get('output')!;
  for (const value of values) expect(Math.abs(value - bias)).toBeLessThan(1 / 255);
});

test('maps upsampled by copies are those that Resize gives', async () => {
  const net = new CfgText(16);
  net.conv(4, 3, { activation: 'relu' });
  net.add('upsample', { stride: 3 });
  net.conv(4, 3, { activation: 'relu' });
  net.add('convolutional', { filters: 6, size: 1, activation: 'linear' });
  const graph = readNetwork(net.text, 'up.cfg');
  const int8 = network('up', graph);
  const calibration = await calibrateNetwork(int8, frames(graph, 2));
  const minmax = calibratedRanges(int8.program, calibration, { method: 'minmax', correctBias: false });
  const byCopies = quantizeProgram(int8.program, minmax, { keep: new Set(), form });
  const ranges = new Map([...calibration.histograms].map(([value, { min, max }]) => [value, { min, max }]));
  const byResize = matrixHeads(
    toQdq(int8.program, { ranges, keep: new Set(['conv_3']), form }),
    shapesOf(int8.program),
    new Map([['conv_3', undefined]]),
    form,
  );
  const types = ({ nodes }: OnnxProgram) => nodes.map(({ opType }) => opType);
  expect(types(byCopies)).not.toContain('Resize');
  expect(types(byResize)).toContain('Resize');
  const pixels = noise(graph.input, 3);
  expect(worstDifference(await runProgram(byCopies, pixels), await runProgram(byResize, pixels))).toBe(0);
});

describe('errors of layers', () => {
  const net = new CfgText(16);
  net.conv(8, 3, { activation: 'relu' });
  net.conv(8, 3, { activation: 'relu' });
  net.conv(8, 3, { activation: 'leaky' });
  net.add('convolutional', { filters: 6, size: 1, activation: 'linear' });
  const graph = readNetwork(net.text, 'small.cfg');
  const weights = initialWeights(graph, 5);
  // One large weight in each filter, of a channel that is always 0, leaves the others few steps.
  weights.get(0)!.kernel.fill(0, 0, 27);
  const spoilt = weights.get(1)!.kernel;
  for (let filter = 0; filter < 8; filter++) spoilt[filter * 72] = 20;
  const int8 = network('small', graph, weights);

  test('name the layer that is badly off', async () => {
    const calibration = await calibrateNetwork(int8, frames(graph, 2));
    const pictures = [noise(graph.input, 8)];
    const errors = [];
    for await (const error of layerErrors(int8, calibration, { ...mse, form }, pictures)) errors.push(error);
    expect(errors.map(({ name }) => name)).toEqual(['conv_0', 'conv_1', 'conv_2']);
    expect(layersOf(int8).map(({ name }) => name)).toEqual(['conv_0', 'conv_1', 'conv_2']);
    expect(worstLayers(errors, 1)).toEqual(['conv_1']);

    const quality = async (keep: string[]) => {
      const program = quantized(int8, calibration, { keep });
      return sqnrDb(
        [await runProgram(int8.program, pictures[0]!)],
        [await runProgram(program, pictures[0]!)],
      );
    };
    // Between two in integers it does stay in floats.
    expect(await quality(['conv_1'])).toBeGreaterThan((await quality([])) + 10);
  });
});
