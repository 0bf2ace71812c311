// Events as ONNX Runtime's profiler writes them -> kernels, their classes, and the layers that they belong to.

import { expect, test } from 'vitest';
import { layersOf } from '../../../agent/bench/layers.js';
import { convolutionProbe } from '../../../models/cost/probes.js';
import {
  classesOf,
  convolutionWeights,
  type Event,
  kernelsOf,
  layerOf,
  runsOf,
} from '../../../models/runtime/kernels.js';

const event = (name: string, op: string, dur: number, shape: number[], index = '0'): Event => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  dur,
  args: { op_name: op, node_index: index, output_type_shape: [{ uint8: shape }] },
});
// The same convolution with channels first and last; three runs, the first of which was disturbed.
const events = [900, 100, 200].flatMap((dur) => [
  event('conv_3', 'Conv', dur, [1, 128, 10, 10]),
  event('conv_5_relu', 'QLinearConv', dur, [1, 10, 10, 16]),
  event('route_6', 'Concat', 50, [1, 144, 10, 10]),
]);
const weights = new Map([
  ['conv_3', [128, 64, 3, 3]],
  ['conv_5_relu', [16, 64, 1, 1]],
]);
const run = (dur: number): Event => ({ cat: 'Session', name: 'model_run', dur, args: {} });

test('a kernel has the median of its runs and the operations of its weights', () => {
  expect(kernelsOf([...events, run(1)], weights)).toEqual([
    {
      ...{ name: 'conv_3', op: 'Conv', ms: 0.2 },
      convolution: { filters: 128, size: 3, gop: (2 * 128 * 64 * 9 * 100) / 1e9 },
    },
    {
      ...{ name: 'conv_5_relu', op: 'QLinearConv', ms: 0.2 },
      convolution: { filters: 16, size: 1, gop: (2 * 16 * 64 * 100) / 1e9 },
    },
    { name: 'route_6', op: 'Concat', ms: 0.05 },
  ]);
  expect(runsOf([run(2000), ...events, run(3000)])).toEqual([2, 3]);
});

test('nodes without a name are kept apart by their place', () => {
  const unnamed = ['7', '9'].map((index) => event('', 'Add', 10, [1], index));
  expect(kernelsOf(unnamed, new Map()).map(({ name }) => name)).toEqual(['node 7', 'node 9']);
});

test('classes are convolutions by size and width, then other kernels; nothing gets lost', () => {
  const kernels = kernelsOf(events, weights);
  const classes = classesOf(kernels);
  expect(classes.map(({ what }) => what)).toEqual([
    '1x1, 1 to 16 filters',
    '3x3, 65 to 128 filters',
    'Concat',
  ]);
  expect(classes[0]).toMatchObject({ filters: 16, kernels: 1 });
  const total = (rows: readonly { ms: number }[]) => rows.reduce((sum, { ms }) => sum + ms, 0);
  expect(total(classes)).toBeCloseTo(total(kernels), 9);
});

test.each([
  ['conv_0', 0],
  ['conv_12_relu', 12],
  ['maxpool_26_0', 26],
  ['picture', null],
  ['/model.22/cv2/Conv', null],
  ['Conv_12', null],
  ['reorder', null],
])('%s is of layer %j', (name, layer) => {
  expect(layerOf(name)).toBe(layer);
});

test('layers are those of the prediction, with the kernels that ran for them', () => {
  const kernels = kernelsOf(
    [...events, event('conv_3_relu', 'Relu', 100, [1]), event('picture', 'Cast', 7, [1])],
    weights,
  );
  const predicted = [3, 4, 5].map((index) => ({
    ...{ index, kind: 'convolutional' as const, operations: 1, bytes: 1, timeMs: index / 10 },
    bound: 'compute' as const,
  }));
  expect(layersOf(kernels, { layers: predicted })).toEqual([
    { index: 3, type: 'convolutional', ms: 0.3, predictedMs: 0.3 },
    { index: 4, type: 'convolutional', ms: 0, predictedMs: 0.4 },
    { index: 5, type: 'convolutional', ms: 0.2, predictedMs: 0.5 },
  ]);
  expect(layersOf(kernels, undefined)).toEqual([]);
});

test('weights are read from the network: a probe of two convolutions of 256 channels', () => {
  const found = convolutionWeights(convolutionProbe('fp32', 2).onnx);
  expect([...found].filter(([name]) => /^conv_\d$/.test(name))).toEqual([
    ['conv_0', [256, 256, 3, 3]],
    ['conv_1', [256, 256, 3, 3]],
  ]);
});
