// Convolutions in each integer form, on processors of QEMU's and on this one -> the integers that plain loops give.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCpuFeatures } from '#common/cpu-features.js';
import { seededRandom } from '../../../models/networks/random.js';
import { encodeOnnx } from '../../../models/onnx/encode.js';
import { OnnxGraph } from '../../../models/onnx/onnx-graph.js';
import { boundedPairs } from '../../../models/quantize/forms/bounded-pairs.js';
import { eightBits } from '../../../models/quantize/forms/eight-bits.js';
import type { IntegerForm } from '../../../models/quantize/forms/form.js';
import { chooseForm } from '../../../models/quantize/forms/registry.js';
import type { QuantizedKernel } from '../../../models/quantize/kernel.js';
import { matrixHeads } from '../../../models/quantize/matrix-heads.js';
import { toQdq } from '../../../models/quantize/qdq.js';
import { hasProgram } from '../../support/tools.js';

interface Convolution {
  readonly what: string;
  readonly channels: number;
  readonly filters: number;
  readonly size: 1 | 3;
  readonly groups: number;
  /** A product of matrices with floats as results, as the heads are. */
  readonly isHead?: true;
}

const SIDE = 6;
const convolutions: readonly Convolution[] = [
  { what: '3x3 of 16 channels', channels: 16, filters: 16, size: 3, groups: 1 },
  { what: '3x3 of 3 channels, neighbours in other pixels', channels: 3, filters: 8, size: 3, groups: 1 },
  { what: '3x3 of 6 channels', channels: 6, filters: 20, size: 3, groups: 1 },
  { what: '1x1 of 64 channels', channels: 64, filters: 32, size: 1, groups: 1 },
  { what: '3x3 in groups', channels: 12, filters: 12, size: 3, groups: 2 },
  { what: 'a filter for each channel', channels: 16, filters: 16, size: 3, groups: 16 },
  { what: 'a head', channels: 32, filters: 21, size: 1, groups: 1, isHead: true },
];

const random = seededRandom(23);
const layers = convolutions.map((convolution) => {
  const { channels, filters, size, groups } = convolution;
  const perFilter = (channels / groups) * size * size;
  return {
    ...convolution,
    // Mostly of one sign and near the largest: what leaves 16 bits.
    kernel: Float32Array.from(
      { length: filters * perFilter },
      () => (random() < 0.8 ? 1 : -1) * random() ** 0.2,
    ),
    bytes: Uint8Array.from({ length: channels * SIDE * SIDE }, () => (random() < 0.7 ? 255 : 256 * random())),
  };
});
type Layer = (typeof layers)[number];

/** By plain loops, (filters, height, width); sums of integers below 2^31. */
function integers({ channels, filters, size, groups, bytes }: Layer, { values }: QuantizedKernel): number[] {
  const perGroup = channels / groups;
  const edge = (size - 1) / 2;
  const sums: number[] = [];
  for (let filter = 0; filter < filters; filter++)
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) {
        let sum = 0;
        for (let channel = 0; channel < perGroup; channel++)
          for (let ky = 0; ky < size; ky++)
            for (let kx = 0; kx < size; kx++) {
              const [row, column] = [y + ky - edge, x + kx - edge];
              if (row < 0 || column < 0 || row >= SIDE || column >= SIDE) continue;
              const from = Math.floor(filter / (filters / groups)) * perGroup + channel;
              sum +=
                bytes[(from * SIDE + row) * SIDE + column]! *
                values[((filter * perGroup + channel) * size + ky) * size + kx]!;
            }
        sums.push(sum);
      }
  return sums;
}

/** The layer in a form: its ONNX, and its outputs as integer arithmetic has them. */
function prepare(layer: Layer, form: IntegerForm) {
  const { channels, filters, size, groups, kernel, isHead } = layer;
  const dims = [filters, channels / groups, size, size];
  const of = { values: kernel, dims, groups };
  const rounded = isHead ? form.quantizeProduct(of) : form.quantizeConvolution(of);
  const floats = integers(layer, rounded).map(
    (sum, i) => sum * rounded.scales[Math.floor(i / (SIDE * SIDE))]!,
  );
  const range = { min: 0, max: Math.max(...floats) };
  const step = range.max / 255;
  const expected = isHead ? floats : floats.map((value) => Math.max(0, Math.round(value / step)) * step);

  const graph = new OnnxGraph();
  graph.input('bytes', 'uint8', [1, channels, SIDE, SIDE]);
  const picture = graph.node('Cast', ['bytes'], 'picture', { to: 1 });
  const edges = Array<number>(4).fill((size - 1) / 2);
  const read = [
    picture,
    graph.tensor('kernel', dims, kernel),
    graph.tensor('bias', [filters], new Float32Array(filters)),
  ];
  const shape = { kernel_shape: [size, size], strides: [1, 1], pads: edges, group: groups };
  graph.output(graph.node('Conv', read, 'conv', shape), 'output', [1, filters, SIDE, SIDE]);
  const ranges = new Map([
    ['picture', { min: 0, max: 255 }],
    ['conv', range],
  ]);
  const keep = new Set(isHead ? ['conv'] : []);
  const qdq = toQdq(graph.program, { ranges, keep, form });
  const shapes = new Map([['conv', { channels: filters, height: SIDE, width: SIDE }]]);
  const program = isHead ? matrixHeads(qdq, shapes, new Map([['conv', undefined]]), form) : qdq;
  return { network: encodeOnnx(program, 'one'), expected, step };
}

/** Outputs of ONNX Runtime, in a process of its own; with `cpu` on that processor of QEMU's. */
function run(prepared: readonly { network: Uint8Array }[], cpu?: string): number[][] {
  const jobs = prepared.map(({ network }, i) => ({
    network: Buffer.from(network).toString('base64'),
    dims: [1, layers[i]!.channels, SIDE, SIDE],
    bytes: [...layers[i]!.bytes],
  }));
  const node = [process.execPath, join(import.meta.dirname, '../../support/run-onnx.mjs')];
  const [file, ...args] = cpu === undefined ? node : ['qemu-x86_64', '-cpu', cpu, ...node];
  const { status, stdout, stderr } = spawnSync(file!, args, {
    input: JSON.stringify(jobs),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${file} failed: ${stderr}`);
  return JSON.parse(stdout) as number[][];
}

/** Worst difference of each layer from what is right, in steps of its output; halves may round either way. */
function errors(form: IntegerForm, cpu?: string): Record<string, number> {
  const prepared = layers.map((layer) => prepare(layer, form));
  const outputs = run(prepared, cpu);
  return Object.fromEntries(
    prepared.map(({ expected, step }, i) => [
      layers[i]!.what,
      Math.max(...expected.map((value, at) => Math.abs(value - outputs[i]![at]!) / step)),
    ]),
  );
}

const RIGHT = 1.001;
const wrong = (found: Record<string, number>) => Object.keys(found).filter((what) => found[what]! > RIGHT);

test('on this processor, in its form', async () => {
  expect(wrong(errors(chooseForm('cpu', await readCpuFeatures()).form))).toEqual([]);
});

describe.skipIf(!hasProgram('qemu-x86_64', '--version'))('on a processor without VNNI', () => {
  const summed = layers.filter(({ groups, filters }) => groups < filters).map(({ what }) => what);
  test.each([
    // 8 bits leave 16 there, but where products are added one by one.
    { cpu: 'Haswell', flags: ['avx2'], name: 'avx2', wrongInEightBits: summed },
    { cpu: 'Nehalem', flags: ['sse4_2'], name: 'unknown', wrongInEightBits: [] },
  ])('$cpu', ({ cpu, flags, name, wrongInEightBits }) => {
    const chosen = chooseForm('cpu', { architecture: 'x64', flags: new Set(flags) });
    expect(chosen).toMatchObject({ name, form: boundedPairs });
    expect(wrong(errors(chosen.form, cpu))).toEqual([]);
    expect(wrong(errors(eightBits, cpu))).toEqual(wrongInEightBits);
  });
});
