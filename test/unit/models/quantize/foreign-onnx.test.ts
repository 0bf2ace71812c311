// Networks as exporters write them -> in integers, near to their floats; what cannot be is refused in one line.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ModelFolder, readModelFolder, writeModelFolder } from '../../../../models/folder/folder.js';
import { encodeOnnx } from '../../../../models/onnx/encode.js';
import { OnnxGraph } from '../../../../models/onnx/onnx-graph.js';
import type { OnnxProgram } from '../../../../models/onnx/program.js';
import { boundedPairs as form } from '../../../../models/quantize/forms/bounded-pairs.js';
import { quantizableOf } from '../../../../models/quantize/quantizable.js';
import { calibratedRanges, integerCover, quantizeProgram } from '../../../../models/quantize/quantize.js';
import { encodeRanges, parseRanges } from '../../../../models/quantize/ranges-file.js';
import { calibrateNetwork, runProgram } from '../../../../models/quantize/run-program.js';
import { sqnrDb } from '../../../../models/quantize/sensitivity.js';
import { openOptimized } from '../../../../models/runtime/optimized.js';
import type { Outputs } from '../../../../models/runtime/session.js';
import { brightModel } from '../../../support/bright-model.js';

const SIZE = 32;
let seed = 1;
const random = () => {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647 - 0.5;
};

interface Convolution {
  readonly from: string;
  readonly channels: number;
  readonly filters: number;
  readonly size?: number;
  readonly attributes?: Record<string, number | readonly number[]>;
  readonly bias?: boolean;
}

/** Calls that write what exporters write, in the words of PyTorch's. */
class Exported {
  readonly graph = new OnnxGraph();
  constructor() {
    this.graph.input('pixels', 'uint8', [1, 3, SIZE, SIZE]);
    this.graph.node('Cast', ['pixels'], 'picture', { to: 1 });
  }

  convolution(
    name: string,
    { from, channels, filters, size = 3, attributes = {}, bias = true }: Convolution,
  ) {
    const count = filters * channels * size * size;
    const spread = from === 'picture' ? 0.02 : 2 / Math.sqrt(channels * size * size);
    const kernel = Float32Array.from({ length: count }, () => spread * random());
    const inputs = [from, this.graph.tensor(`${name}.weight`, [filters, channels, size, size], kernel)];
    if (bias)
      inputs.push(
        this.graph.tensor(`${name}.bias`, [filters], Float32Array.from({ length: filters }, random)),
      );
    const pads = Array.from({ length: 4 }, () => (size - 1) / 2);
    return this.graph.node('Conv', inputs, name, { pads, ...attributes });
  }

  silu(from: string) {
    this.graph.node('Sigmoid', [from], `${from}_sigmoid`);
    return this.graph.node('Mul', [from, `${from}_sigmoid`], `${from}_silu`);
  }
}

/** SiLU, a C2f block with Split and Concat, pooling, upsampling by sizes, and decoding at the end; opset 11 or 13. */
function network(opset: number): OnnxProgram {
  const net = new Exported();
  const { graph } = net;
  const stem = net.silu(
    net.convolution('stem', { from: 'picture', channels: 3, filters: 16, attributes: { strides: [2, 2] } }),
  );
  const body = net.silu(net.convolution('body', { from: stem, channels: 16, filters: 16, bias: false }));
  const splitBy = opset < 13 ? { split: [8, 8] } : {};
  const splitInputs = opset < 13 ? [body] : [body, graph.integers('halves', [8, 8])];
  graph.add({
    opType: 'Split',
    inputs: splitInputs,
    output: 'left',
    furtherOutputs: ['right'],
    attributes: { axis: 1, ...splitBy },
  });
  const deep = net.silu(net.convolution('deep', { from: 'right', channels: 8, filters: 8 }));
  graph.node('Add', ['right', deep], 'sum');
  graph.node('Concat', ['left', 'right', 'sum'], 'dense', { axis: 1 });
  const wise = net.silu(
    net.convolution('wise', { from: 'dense', channels: 1, filters: 24, attributes: { group: 24 } }),
  );
  graph.node('MaxPool', [wise], 'pooled', { kernel_shape: [2, 2], strides: [2, 2] });
  const small = net.convolution('small', { from: 'pooled', channels: 24, filters: 16, size: 1 });
  graph.node('Clip', [small, graph.scalar(0), graph.scalar(6)], 'small_relu6');
  graph.node(
    'Resize',
    [
      'small_relu6',
      // Opset 11 knows no input that is left out here.
      ...(opset < 13
        ? [graph.tensor('roi', [0], new Float32Array(0)), graph.tensor('none', [0], new Float32Array(0))]
        : ['', '']),
      graph.integers('sizes', [1, 16, SIZE / 2, SIZE / 2]),
    ],
    'large',
    {
      mode: 'nearest',
      nearest_mode: 'floor',
      coordinate_transformation_mode: 'asymmetric',
    },
  );
  graph.node('Concat', ['large', wise], 'joined', { axis: 1 });
  const head = net.convolution('head', { from: 'joined', channels: 40, filters: 7, size: 1 });
  graph.node('Sigmoid', [head], 'scores');
  graph.node('Reshape', ['scores', graph.integers('flat', [1, 7, -1])], 'rows');
  graph.node('Transpose', ['rows'], 'output', { perm: [0, 2, 1] });
  graph.output('output', 'output', [1, (SIZE / 2) ** 2, 7]);
  return { ...graph.program, opset };
}

async function folder(program: OnnxProgram): Promise<ModelFolder> {
  const { files: _, ...description } = (await readModelFolder(await brightModel())).description;
  const input = { ...description.input, name: 'pixels', width: SIZE, height: SIZE };
  return writeModelFolder(
    join(mkdtempSync(join(tmpdir(), 'foreign-')), 'model'),
    { ...description, name: 'foreign', input },
    encodeOnnx(program, 'foreign'),
  );
}

const pictures = Array.from({ length: 6 }, (_, n) =>
  new Uint8Array(3 * SIZE * SIZE).map((_, i) => (i * (31 + 12 * n)) % 251),
);
async function* each() {
  yield* pictures;
}

async function all(runs: AsyncIterable<Outputs>): Promise<Outputs[]> {
  const found: Outputs[] = [];
  for await (const outputs of runs) found.push(outputs);
  return found;
}

test.each([11, 13, 17])('opset %i: every convolution in integers, and near to the floats', async (opset) => {
  const floats = network(opset);
  const model = await folder(floats);
  const { name, input } = model.description;
  const program = await quantizableOf(model);
  const calibration = await calibrateNetwork({ name, input, program }, each());
  const ranges = calibratedRanges(program, calibration, { method: 'mse', correctBias: true });
  const options = { keep: new Set<string>(), form };
  expect(integerCover(program, ranges, options)).toEqual({
    convolutions: 6,
    inIntegers: 6,
    inFloats: { Sigmoid: 1, Reshape: 1, Transpose: 1 },
  });
  const integers = quantizeProgram(program, ranges, options);
  const expected = await all(runProgram({ name, input }, floats, pictures));
  const found = await all(runProgram({ name, input }, integers, pictures));
  expect(sqnrDb(expected, found)).toBeGreaterThan(25);

  // As the agent does: from the folder alone.
  const { files: _, ...description } = model.description;
  const ranged = await writeModelFolder(
    join(model.directory, 'ranged'),
    description,
    encodeOnnx(floats, name),
    undefined,
    encodeRanges(ranges),
  );
  const { session, network: choice } = await openOptimized(ranged, {
    provider: 'cpu',
    threads: 1,
    precision: 'int8',
  });
  expect(choice.precision).toBe('int8');
  const own = await session.run(pictures[0]!);
  await session.close();
  expect(sqnrDb([expected[0]!], [own])).toBeGreaterThan(25);
  expect(() => parseRanges('{"schemaVersion":1,"ranges":{}}', program, 'ranges.json')).toThrow(
    /^expected a range of picture for ranges\.json/,
  );
});

test('a convolution that stays in floats takes its SiLU along, and both are counted', async () => {
  const model = await folder(network(13));
  const { name, input } = model.description;
  const program = await quantizableOf(model);
  const calibration = await calibrateNetwork({ name, input, program }, each());
  const ranges = calibratedRanges(program, calibration, { method: 'mse', correctBias: true });
  expect(integerCover(program, ranges, { keep: new Set(['stem']), form })).toEqual({
    convolutions: 6,
    inIntegers: 5,
    inFloats: { Sigmoid: 2, Mul: 1, Reshape: 1, Transpose: 1 },
  });
});

/** A logarithm of zeros, as RT-DETR has it of anchors beyond the border, which a sum and a sigmoid read. */
function infinite(): OnnxProgram {
  const net = new Exported();
  const { graph } = net;
  const shares = { from: 'picture', channels: 3, filters: 16, attributes: { strides: [2, 2] } };
  graph.node('Relu', [net.convolution('stem', shares)], 'map');
  graph.node('Log', ['map'], 'logarithm');
  const other = net.convolution('other', { from: 'map', channels: 16, filters: 16 });
  graph.node('Add', ['logarithm', other], 'sum');
  graph.node('Sigmoid', ['sum'], 'gate');
  const body = net.convolution('body', { from: 'gate', channels: 16, filters: 16 });
  graph.node('Relu', [body], 'body_relu');
  net.convolution('head', { from: 'body_relu', channels: 16, filters: 7, size: 1 });
  graph.output('head', 'output', [1, 7, SIZE / 2, SIZE / 2]);
  return graph.program;
}

test('what computes with infinity stays in floats, all else is in integers', async () => {
  const floats = infinite();
  const model = await folder(floats);
  const { name, input } = model.description;
  const program = await quantizableOf(model);
  const calibration = await calibrateNetwork({ name, input, program }, each());
  const calibrated = calibratedRanges(program, calibration, { method: 'mse', correctBias: true });
  const ranges = parseRanges(`${Buffer.from(encodeRanges(calibrated))}`, program, 'ranges.json');
  expect(ranges.infinite).toEqual(new Set(['logarithm', 'sum']));
  expect([...ranges.ranges.keys()]).toEqual([...calibrated.ranges.keys()]);
  const options = { keep: new Set<string>(), form };
  expect(integerCover(program, ranges, options)).toEqual({
    convolutions: 4,
    inIntegers: 4,
    inFloats: { Log: 1, Add: 1, Sigmoid: 1 },
  });
  const expected = await all(runProgram({ name, input }, floats, pictures));
  const found = await all(runProgram({ name, input }, quantizeProgram(program, ranges, options), pictures));
  expect(sqnrDb(expected, found)).toBeGreaterThan(25);
});

test.each<[string, () => OnnxProgram, RegExp]>([
  ['opset 10', () => ({ ...network(11), opset: 10 }), /^expected opset 11 or newer for int8/],
  [
    'a network in integers',
    () => {
      const net = new Exported();
      net.graph.node('DynamicQuantizeLinear', ['picture'], 'bytes');
      net.graph.output('picture', 'output', [1, 3, SIZE, SIZE]);
      return net.graph.program;
    },
    /^expected a network in floats to make integers of for foreign, received one with DynamicQuantizeLinear/,
  ],
  [
    'Softmax over several axes in opset 11',
    () => {
      const net = new Exported();
      net.graph.node('Softmax', ['picture'], 'soft', { axis: 1 });
      net.graph.output('soft', 'output', [1, 3, SIZE, SIZE]);
      return { ...net.graph.program, opset: 11 };
    },
    /^expected Softmax over the last axis for int8/,
  ],
])('%s: one line', async (_, program, message) => {
  await expect(quantizableOf(await folder(program()))).rejects.toThrow(message);
});
