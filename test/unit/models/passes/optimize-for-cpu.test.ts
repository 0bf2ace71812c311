// The fast form of a network -> what the plain one computes, without the operators that are slow.

import { describe, expect, test } from 'vitest';
import { readNetwork } from '../../../../models/darknet/network.js';
import type { Graph } from '../../../../models/layers/registry.js';
import { findNetwork } from '../../../../models/networks/catalogue.js';
import { initialWeights } from '../../../../models/networks/initial-weights.js';
import { seededRandom } from '../../../../models/networks/random.js';
import type { OnnxProgram } from '../../../../models/onnx/program.js';
import { composeOnnx } from '../../../../models/onnx/write.js';
import { cutChannels } from '../../../../models/passes/cut-channels.js';
import { dropUnused } from '../../../../models/passes/drop-unused.js';
import { maxByPool } from '../../../../models/passes/max-by-pool.js';
import { maxByRelu } from '../../../../models/passes/max-by-relu.js';
import { integerForm, optimizeForCpu } from '../../../../models/passes/optimize-for-cpu.js';
import { padPixels } from '../../../../models/passes/pad-pixels.js';
import { pixelColumns } from '../../../../models/passes/pixel-columns.js';
import { poolBeforeConcat } from '../../../../models/passes/pool-before-concat.js';
import { shareConcats } from '../../../../models/passes/share-concats.js';
import { CfgText } from '../../../support/cfgs.js';
import { randomNetwork } from '../../../support/random-network.js';
import { runProgram, worstDifference } from '../../../support/run-program.js';
import { seededNetwork } from '../../../support/seeded-network.js';

const TOLERANCE = 1e-5;

const count = ({ nodes }: OnnxProgram, ...types: string[]) =>
  nodes.filter(({ opType }) => types.includes(opType)).length;

const composed = (graph: Graph, seed: number) =>
  composeOnnx(graph, initialWeights(graph, seed), { input: 'uint8' });

const noise = ({ height, width }: Graph['input']) => {
  const random = seededRandom(5);
  return Uint8Array.from({ length: 3 * height * width }, () => 256 * random());
};

describe.each([
  'csppeleenet-efm-sam',
  'csppeleenet-efm-spp',
  'cspdensenetb-ref-prn',
  'csppeleenet-prn-3l',
  'csppeleenet-cem-sam',
  'csppeleenet-gfm',
  'yolov3-tiny-prn',
  'yolov4-tiny',
])('%s', (name) => {
  const { graph, weights, pixels } = seededNetwork(findNetwork(name), { size: 96, classes: 2 }, 3);
  const plain = composeOnnx(graph, weights, { input: 'uint8' });
  const fast = optimizeForCpu(plain);

  test('no Slice, Split, Transpose or Max is left', () => {
    expect(count(fast, 'Slice', 'Split', 'Transpose', 'Max')).toBe(0);
  });

  test('the same outputs', async () => {
    const difference = worstDifference(await runProgram(fast, pixels), await runProgram(plain, pixels));
    expect(difference).toBeLessThan(TOLERANCE);
  });

  test('the same outputs from the operators that int8 has', async () => {
    const integer = integerForm(plain);
    expect(count(integer, 'Slice', 'Split', 'Max')).toBe(0);
    const difference = worstDifference(await runProgram(integer, pixels), await runProgram(plain, pixels));
    expect(difference).toBeLessThan(TOLERANCE);
  });
});

test('cut channels give the same bits, whatever the layers', async () => {
  let slices = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const graph = randomNetwork(seed);
    const plain = composed(graph, seed);
    const pixels = noise(graph.input);
    const cut = dropUnused(cutChannels(plain));
    slices += count(plain, 'Slice') - count(cut, 'Slice');
    const [outputs, reference] = [await runProgram(cut, pixels), await runProgram(plain, pixels)];
    expect(worstDifference(outputs, reference), `seed ${seed}`).toBeLessThan(TOLERANCE);
  }
  expect(slices).toBeGreaterThan(50);
});

const layers = (write: (net: CfgText) => void) => {
  const net = new CfgText(8);
  write(net);
  return readNetwork(net.text, 'small.cfg');
};

test.each<[string, (net: CfgText) => void, Record<string, number>]>([
  [
    'half of a convolution that nothing else reads is not computed',
    (net) => {
      net.conv(8, 3);
      net.add('route', { layers: '-1', groups: 2, group_id: 1 });
    },
    { Conv: 1, Slice: 0, Concat: 0 },
  ],
  [
    'both halves and the whole: two convolutions and a concatenation',
    (net) => {
      net.conv(8, 3);
      net.add('route', { layers: '-1', groups: 2, group_id: 1 });
      net.conv(4, 3);
      net.add('route', { layers: '-1,-3' });
      net.conv(4, 1);
    },
    { Conv: 4, Slice: 0, Concat: 1 },
  ],
  [
    'through a pool',
    (net) => {
      net.conv(8, 3);
      net.add('maxpool', { size: 2, stride: 2 });
      net.add('route', { layers: '-1', groups: 2, group_id: 0 });
    },
    { Conv: 1, MaxPool: 1, Slice: 0 },
  ],
  [
    'through a depthwise convolution',
    (net) => {
      net.conv(8, 3);
      net.conv(8, 3, { groups: 8 });
      net.add('route', { layers: '-1', groups: 2, group_id: 0 });
    },
    { Conv: 2, Slice: 0 },
  ],
  [
    'one filter of each group',
    (net) => {
      net.conv(8, 3);
      net.conv(2, 3, { groups: 2 });
      net.add('route', { layers: '-1', groups: 2, group_id: 1 });
    },
    { Conv: 2, Slice: 1 },
  ],
  [
    'groups of channels stay together: sliced as before',
    (net) => {
      net.conv(8, 3);
      net.add('convolutional', { filters: 8, size: 3, pad: 1, groups: 2, activation: 'leaky' });
      net.add('route', { layers: '-1', groups: 4, group_id: 1 });
    },
    { Conv: 2, Slice: 1 },
  ],
])('%s', async (_, write, counts) => {
  const graph = layers(write);
  const plain = composed(graph, 1);
  const fast = optimizeForCpu(plain);
  expect(Object.fromEntries(Object.keys(counts).map((type) => [type, count(fast, type)]))).toEqual(counts);
  const pixels = noise(graph.input);
  const difference = worstDifference(await runProgram(fast, pixels), await runProgram(plain, pixels));
  expect(difference).toBeLessThan(TOLERANCE);
});

test.each([
  ['by additions', maxByRelu, { Max: 0, Add: 4, MaxPool: 0 }],
  ['by one pool', maxByPool, { Max: 0, Add: 0, MaxPool: 1 }],
] as const)('Maxout without Max, %s', async (_, rewrite, counts) => {
  const graph = layers((net) => {
    net.conv(12, 3);
    net.add('maxpool', { maxpool_depth: 1, out_channels: 4 });
  });
  const plain = composed(graph, 2);
  const rewritten = rewrite(plain);
  expect(count(plain, 'Max')).toBe(2);
  expect(Object.fromEntries(Object.keys(counts).map((type) => [type, count(rewritten, type)]))).toEqual(
    counts,
  );
  const pixels = noise(graph.input);
  const [outputs, reference] = [await runProgram(rewritten, pixels), await runProgram(plain, pixels)];
  expect(worstDifference(outputs, reference)).toBeLessThan(TOLERANCE);
});

const same = async (rewritten: OnnxProgram, plain: OnnxProgram, graph: Graph) => {
  const pixels = noise(graph.input);
  const [outputs, reference] = [await runProgram(rewritten, pixels), await runProgram(plain, pixels)];
  expect(worstDifference(outputs, reference)).toBeLessThan(TOLERANCE);
};

describe('joined maps', () => {
  const dense = layers((net) => {
    net.conv(4, 3);
    net.conv(2, 3);
    net.add('route', { layers: '-1,-2' });
    net.conv(2, 3);
    net.add('route', { layers: '-1,-3,-4' });
    net.conv(3, 1);
  });

  test('are joined to what came since', async () => {
    const plain = composed(dense, 4);
    const shared = shareConcats(plain);
    const joins = ({ nodes }: OnnxProgram) =>
      nodes.filter(({ opType }) => opType === 'Concat').map(({ inputs }) => inputs.length);
    expect([joins(plain), joins(shared)]).toEqual([
      [2, 3],
      [2, 2],
    ]);
    await same(shared, plain, dense);
  });

  test.each<[string, (net: CfgText) => void, readonly string[]]>([
    ['pooled one by one before they are joined', () => {}, ['MaxPool', 'MaxPool', 'Concat']],
    [
      'left joined where something else reads them too',
      (net) => {
        net.add('route', { layers: '-2' });
        net.add('maxpool', { size: 4, stride: 2 });
        net.add('route', { layers: '-1,-3' });
        net.conv(3, 1);
      },
      ['Concat', 'MaxPool', 'MaxPool', 'Concat'],
    ],
  ])('%s', async (_, more, types) => {
    const graph = layers((net) => {
      net.conv(4, 3);
      net.conv(2, 3);
      net.add('route', { layers: '-1,-2' });
      net.add('maxpool', { size: 2, stride: 2 });
      more(net);
    });
    const plain = composed(graph, 4);
    const pooled = poolBeforeConcat(plain);
    const found = pooled.nodes.map(({ opType }) => opType);
    expect(found.filter((type) => ['Concat', 'MaxPool'].includes(type))).toEqual(types);
    await same(pooled, plain, graph);
  });
});

describe('pixels by columns', () => {
  const stem = (options: Record<string, number | string>, size = 8) => {
    const net = new CfgText(size);
    net.add('convolutional', { filters: 5, size: 3, stride: 2, pad: 1, activation: 'relu', ...options });
    net.conv(4, 1);
    return readNetwork(net.text, 'stem.cfg');
  };

  test.each(['relu', 'leaky'])('four taken, two given, with %s', async (activation) => {
    const graph = stem({ activation });
    const plain = composed(graph, 1);
    const columns = pixelColumns(plain);
    const first = columns.nodes.find(({ opType }) => opType === 'Conv')!;
    expect(columns.constants.get(first.inputs[1]!)!.dims).toEqual([10, 12, 3, 2]);
    await same(columns, plain, graph);
  });

  test.each<[string, Graph]>([
    ['stride 1', stem({ stride: 1 })],
    ['5x5', stem({ size: 5 })],
    ['no padding', stem({ pad: 0 })],
    ['a width that is no multiple of four', stem({}, 10)],
    ['an activation of its own kind', stem({ activation: 'mish' })],
  ])('not with %s', (_, graph) => {
    const plain = composed(graph, 1);
    expect(pixelColumns(plain)).toBe(plain);
  });
});

describe('pixels of four channels', () => {
  const inputOf = (program: OnnxProgram) => {
    const first = program.nodes.find(({ opType }) => opType === 'Conv')!;
    return program.constants.get(first.inputs[1]!)!.dims[1];
  };

  test('give the first convolution a kernel of four, and the same outputs', async () => {
    const graph = layers((net) => {
      net.conv(4, 3);
    });
    const plain = composed(graph, 1);
    const padded = padPixels(plain);
    expect([inputOf(plain), inputOf(padded)]).toEqual([3, 4]);
    const pixels = noise(graph.input);
    const difference = worstDifference(await runProgram(padded, pixels), await runProgram(plain, pixels));
    expect(difference).toBeLessThan(TOLERANCE);
  });

  test('not where something else reads them too', () => {
    const graph = layers((net) => {
      net.add('maxpool', { size: 2, stride: 2 });
      net.conv(4, 3);
    });
    const plain = composed(graph, 1);
    expect(padPixels(plain)).toBe(plain);
  });
});

test('what no output needs goes, with its constants', () => {
  const graph = layers((net) => {
    net.conv(4, 3);
    net.conv(4, 3);
    net.add('route', { layers: '-2' });
  });
  const plain = composed(graph, 1);
  const kept = dropUnused(plain);
  expect([count(plain, 'Conv'), count(kept, 'Conv')]).toEqual([2, 1]);
  expect([...kept.constants.keys()]).toEqual(['conv_0_kernel', 'conv_0_bias']);
  expect(kept.outputs).toEqual(plain.outputs);
});
