// Networks + machine -> time by layer, against sums by hand and against measured runs.

import { describe, expect, test } from 'vitest';
import { darknet, onnxRuntimeCpu, openCv, tensorRt } from '../../../../models/cost/engines.js';
import { type Engine, type LayerCosts, type Machine, speedUp } from '../../../../models/cost/machine.js';
import { efficiency, predict } from '../../../../models/cost/roofline.js';
import { PRECISIONS, workOf } from '../../../../models/cost/work.js';
import { NetworkBuilder } from '../../../../models/networks/builder.js';
import { CATALOGUE, findNetwork } from '../../../../models/networks/catalogue.js';
import { buildNetwork } from '../../../../models/networks/network-spec.js';

const builder = (size: number) => new NetworkBuilder({ size, classes: 1, activation: 'relu' });
const none = { filters: 0, reduction: 0, pixels: 0 };
const free: LayerCosts = {
  halfWidths: none,
  rewrites: 0,
  bytesPerPiece: 0,
  moves: 0,
  averages: 0,
  kernelUs: 0,
  wakeUs: 0,
};
const engineOf = (costs: Partial<LayerCosts>, rest: Partial<Engine> = {}): Engine => {
  const all = { ...free, ...costs };
  return {
    name: 'test',
    bestShare: 1,
    serialShare: 0,
    waitsForMemory: false,
    costs: { fp32: all, fp16: all, int8: all },
    passes: () => 0,
    ...rest,
  };
};
const ideal = engineOf({});
const machine = (gops: number, bandwidthGBs: number, cacheBytes = 0): Machine => ({
  roofGops: { fp32: gops, fp16: 2 * gops, int8: 4 * gops },
  bandwidthGBs,
  cacheBytes,
});

/** 3x32x32 -> 8x32x32 -> 16x16x16. */
function twoConvolutions() {
  const net = builder(32);
  const first = net.conv(net.picture, 8, 3);
  net.conv(first, 16, 3, { stride: 2 });
  return net.graph;
}
const OPERATIONS = [2 * 3 * 9 * 8 * 32 * 32, 2 * 8 * 9 * 16 * 16 * 16];
/** Of fp32 without a cache: kernel and biases, input, output. */
const BYTES = [
  4 * (3 * 9 * 8 + 8 + 3 * 32 * 32 + 8 * 32 * 32),
  4 * (8 * 9 * 16 + 16 + 8 * 32 * 32 + 16 * 16 * 16),
];

test('a slow processor is bound by operations, a slow memory by bytes', () => {
  const graph = twoConvolutions();
  const slow = predict(graph, 'fp32', machine(1, 1e6), ideal);
  expect(slow.layers.map(({ timeMs }) => timeMs)).toEqual(OPERATIONS.map((ops) => ops / 1e6));
  expect([slow.bound, slow.bandwidthShare < 0.001]).toEqual(['compute', true]);

  const starved = predict(graph, 'fp32', machine(1e6, 1), ideal);
  expect(starved.layers.map(({ bytes }) => bytes)).toEqual(BYTES);
  expect(starved.latencyMs).toBeCloseTo((BYTES[0]! + BYTES[1]!) / 1e6, 9);
  expect(starved.bound).toBe('bandwidth');
  expect(starved.bandwidthShare).toBeCloseTo(1, 9);
  expect(starved.fps).toBeCloseTo(1000 / starved.latencyMs, 9);
});

test('smaller values move fewer bytes; biases keep theirs', () => {
  const bytes = PRECISIONS.map(
    (precision) => predict(twoConvolutions(), precision, machine(1, 1), ideal).bytes,
  );
  const biases = 4 * (8 + 16);
  const all = BYTES[0]! + BYTES[1]! - biases;
  expect(bytes).toEqual([all + biases, all / 2 + biases, all / 4 + biases]);
});

test('a precision that the machine lacks is an error', () => {
  const { roofGops: _, ...rest } = machine(1, 1);
  expect(() =>
    predict(twoConvolutions(), 'int8', { ...rest, roofGops: { fp32: 1, fp16: 2 } }, ideal),
  ).toThrow('expected one of fp32, fp16 for the precision, received int8');
});

test('kernels take time to start, one for each layer and pass', () => {
  const overhead = (passes: number) =>
    predict(
      twoConvolutions(),
      'fp32',
      machine(1e9, 1e9),
      engineOf({ kernelUs: 10 }, { passes: () => passes }),
    );
  expect(overhead(0).latencyMs).toBeCloseTo(0.02, 6);
  expect(overhead(2).latencyMs).toBeCloseTo(0.06, 6);
  expect(overhead(0).bound).toBe('overhead');
});

test('a program that waits for memory takes the sum, another the longer', () => {
  const [operations, bytes] = [OPERATIONS, BYTES].map((parts) => parts[0]! + parts[1]!);
  const time = (waitsForMemory: boolean) =>
    predict(twoConvolutions(), 'fp32', machine(2, 1), engineOf({}, { waitsForMemory })).latencyMs;
  expect(time(true)).toBeCloseTo(operations! / 2e6 + bytes! / 1e6, 9);
  expect(time(false)).toBeCloseTo(
    OPERATIONS.reduce((sum, ops, i) => sum + Math.max(ops / 2e6, BYTES[i]! / 1e6), 0),
    9,
  );
});

test.each<[string, Partial<LayerCosts>, number]>([
  ['outputs of convolutions that are moved', { rewrites: 1 }, (4 * (8 * 32 * 32 + 16 * 16 * 16)) / 40e6],
  // Nine to a position of a 3x3 kernel.
  ['pieces that are gathered', { bytesPerPiece: 10 }, (10 * 9 * (32 * 32 + 16 * 16)) / 40e6],
  // By one thread, at a quarter of the pace.
  ['the output of a pool that is moved', { moves: 1 }, (4 * 16 * 8 * 8) / 10e6],
  ['threads to be woken, for convolutions only', { wakeUs: 3 }, 2 * 0.003],
  ['kernels to be started', { kernelUs: 3 }, 3 * 0.003],
])('%s take their time', (_, costs, milliseconds) => {
  const net = builder(32);
  const first = net.conv(net.picture, 8, 3);
  net.maxpool(net.conv(first, 16, 3, { stride: 2 }), 2, 2);
  // The pace of all is √(1e6 * 1.6e-3), 40 GB/s; of one √(1e6 / 4 * 4e-4), 10 GB/s.
  const fast = { ...machine(1e6, 1.6e-3), cacheBytes: 1e9, threads: { count: 4, oneGBs: 4e-4 } };
  const time = (engine: Engine) => predict(net.graph, 'fp32', fast, engine).latencyMs;
  expect(
    time(engineOf(costs, { waitsForMemory: true })) - time(engineOf({}, { waitsForMemory: true })),
  ).toBeCloseTo(milliseconds, 9);
});

test.each<[string, Partial<Machine>, Partial<Engine>, number]>([
  ['twice as slow machine', { slowness: { fp32: 2 } }, {}, 2 * 0.003],
  ['machine that is slow in another precision', { slowness: { int8: 2 } }, {}, 0.003],
])('kernels of a %s', (_, more, rest, milliseconds) => {
  const net = builder(32);
  net.conv(net.picture, 8, 3);
  const time = (kernelUs: number) =>
    predict(net.graph, 'fp32', { ...machine(1e6, 1e6), ...more }, engineOf({ kernelUs }, rest)).latencyMs;
  expect(time(3) - time(0)).toBeCloseTo(milliseconds, 9);
});

describe('a convolution with one filter for each channel', () => {
  const net = builder(32);
  net.conv(net.conv(net.picture, 64, 1), 64, 3, { groups: 64 });
  const operations = 2 * 9 * 64 * 32 * 32;
  const of = (more: Partial<Machine>, rest: Partial<Engine>) =>
    predict(net.graph, 'fp32', { ...machine(1000, 1e9), ...more }, engineOf({ rewrites: 1 }, rest)).layers[1]!
      .timeMs;
  const shares = { fp32: 0.5, fp16: 0.5, int8: 0.5 };

  test.each<[string, Partial<Machine>, Partial<Engine>, number]>([
    [
      "takes the engine's share of the roof, whatever else thin layers cost",
      {},
      { depthwiseShare: shares },
      500,
    ],
    ['takes what was measured', { depthwiseGops: { fp32: 50 } }, { depthwiseShare: shares }, 50],
  ])('%s', (_, more, rest, gops) => {
    expect(of(more, rest)).toBeCloseTo(operations / (gops * 1e6), 9);
  });

  test('is as any other thin one for a program that says nothing of it', () => {
    expect(of({}, {})).toBeGreaterThan(operations / (1000 * 1e6));
  });
});

test('one thread wakes no other', () => {
  const alone = { ...machine(1, 1), threads: { count: 1, oneGBs: 1 } };
  const time = (wakeUs: number) => predict(twoConvolutions(), 'fp32', alone, engineOf({ wakeUs })).latencyMs;
  expect(time(100)).toBe(time(0));
});

test.each([
  ['nothing of it is serial', 0, 8, 8],
  ['a fifth of it is serial', 0.2, 4, 2.5],
  ['all of it is serial', 1, 8, 1],
])('threads help where %s', (_, serialShare, threads, times) => {
  expect(speedUp(engineOf({}, { serialShare }), threads)).toBeCloseTo(times, 12);
});

test('an activation that is a kernel of its own moves the output once more', () => {
  const graph = (activation: 'leaky' | 'relu') => {
    const net = new NetworkBuilder({ size: 32, classes: 1, activation });
    net.conv(net.picture, 8, 3);
    return net.graph;
  };
  const time = (activation: 'leaky' | 'relu', precision: 'fp32' | 'int8') =>
    predict(graph(activation), precision, machine(1, 1), onnxRuntimeCpu).latencyMs;
  expect(time('leaky', 'fp32')).toBe(time('relu', 'fp32'));
  expect(time('leaky', 'int8')).toBeGreaterThan(time('relu', 'int8'));
});

test('a convolution of half the width gets half of the roof', () => {
  const [work] = workOf(twoConvolutions(), 'fp32');
  const engine = (half: Partial<typeof none>) => engineOf({ halfWidths: { ...none, ...half } });
  expect(efficiency(work!, 'fp32', engine({ filters: 8 }))).toBe(0.5);
  expect(efficiency(work!, 'fp32', engine({ reduction: 27 }))).toBe(0.5);
  expect(efficiency(work!, 'fp32', engine({ pixels: 3 * 1024 }))).toBe(0.25);
});

test('groups make a convolution thin', () => {
  const net = builder(32);
  net.conv(net.conv(net.picture, 64, 1), 64, 3, { groups: 32 });
  expect(workOf(net.graph, 'fp32')[1]!.matrix).toEqual({
    filters: 2,
    reduction: 18,
    pixels: 1024,
    pieces: 9 * 1024 * 32,
    isDepthwise: false,
  });
});

test('routes of one input and heads cost nothing, what they name is still found', () => {
  const graph = buildNetwork(findNetwork('yolov3-tiny'));
  const works = workOf(graph, 'fp32');
  expect(works.length).toBeLessThan(graph.layers.length);
  const known = new Set([-1, ...works.map(({ index }) => index)]);
  expect(works.flatMap(({ inputs }) => inputs).filter((input) => !known.has(input))).toEqual([]);
});

test('operations of the works are those of the catalogue', () => {
  for (const system of CATALOGUE.filter(({ published }) => published[0].bflops !== undefined)) {
    const sum = workOf(buildNetwork(system), 'fp32').reduce((all, { operations }) => all + operations, 0);
    // The Elastic rows count as Elastic does; everything else within half a percent.
    if (!system.name.includes('elastic')) expect(sum / 1e9 / system.published[0].bflops!).toBeCloseTo(1, 1);
  }
});

test.each([
  ['twice the roof', { roofGops: { fp32: 40 } }],
  ['twice the bandwidth', { bandwidthGBs: 4 }],
  ['a larger cache', { cacheBytes: 8e6 }],
])('%s never makes a network slower', (_, better) => {
  const base = { roofGops: { fp32: 20 }, bandwidthGBs: 2, cacheBytes: 1e6 };
  for (const system of CATALOGUE) {
    const graph = buildNetwork(system);
    const [before, after] = [base, { ...base, ...better }].map((one) =>
      predict(graph, 'fp32', one, onnxRuntimeCpu),
    );
    expect(after!.latencyMs).toBeLessThanOrEqual(before!.latencyMs);
  }
});

describe('measured elsewhere', () => {
  /** On two Zen 4 cores, ONNX Runtime 1.30 and OpenCV 4.6, ms: one thread, two threads, OpenCV on two. */
  const runs: [name: string, size: number, one: number, two: number, openCv: number, gflop: number][] = [
    ['csppeleenet-efm', 416, 54.2, 29.5, 51.8, 5.16],
    ['yolov3-tiny', 416, 50.9, 26.0, 45.4, 5.57],
    ['yolov3-tiny-prn', 416, 32.8, 16.8, 30.6, 3.46],
    ['yolov4-tiny', 416, 63.6, 32.2, 56.6, 6.91],
    ['cspresnext50-panet-spp', 416, 458, 235, 391, 47.1],
  ];
  const zen4 = (gops: number, bandwidthGBs: number, count: number): Machine => ({
    roofGops: { fp32: gops, int8: 838 },
    bandwidthGBs,
    cacheBytes: 32e6,
    threads: { count, oneGBs: 34 },
  });

  test.each(runs)('%s at %d within a tenth', (name, size, one, two, openCvMs, gflop) => {
    const graph = buildNetwork(findNetwork(name), { size });
    const times = [
      predict(graph, 'fp32', zen4(116, 34, 1), onnxRuntimeCpu),
      predict(graph, 'fp32', zen4(228, 55, 2), onnxRuntimeCpu),
      predict(
        graph,
        'fp32',
        zen4((116 * speedUp(openCv, 2) * openCv.bestShare) / onnxRuntimeCpu.bestShare, 55, 2),
        openCv,
      ),
    ];
    // What was measured for csppeleenet-efm was an approximation of it with a few more operations.
    const own = times[0]!.layers.reduce((sum, { operations }) => sum + operations, 0) / 1e9;
    for (const [i, measured] of [one, two, openCvMs].entries()) {
      const ratio = (times[i]!.latencyMs * gflop) / own / measured;
      expect([i, Math.abs(ratio - 1) < 0.1]).toEqual([i, true]);
    }
  });

  /** Of the plain graph; the form for integers has no average pools, which took an eighth of csppeleenet-efm. */
  test.each([
    ['yolov4-tiny', 12.5, 6.91],
    ['csppeleenet-efm', 19.2 * 0.88, 5.16],
  ])('%s in int8 within a fifth of %d ms', (name, measured, gflop) => {
    const graph = buildNetwork(findNetwork(name));
    const prediction = predict(graph, 'int8', zen4(228, 55, 2), onnxRuntimeCpu);
    const own = prediction.layers.reduce((sum, { operations }) => sum + operations, 0) / 1e9;
    expect(Math.abs((prediction.latencyMs * gflop) / own / measured - 1)).toBeLessThan(0.2);
  });

  /** TensorRT 7, fp16, whole programs with camera and drawing: jkjung-avt/tensorrt_demos. YOLOv4 is CSPDarknet-53. */
  test('TensorRT on a Jetson Nano within a factor of two, in the same order', () => {
    const published: [name: string, size: number, fps: number][] = [
      ['yolov4-tiny', 288, 36.6],
      ['yolov3-tiny', 416, 25.5],
      ['yolov4-tiny', 416, 25.5],
      ['cspdarknet53-panet-spp', 288, 7.93],
      ['cspdarknet53-panet-spp', 416, 4.62],
    ];
    const nano: Machine = {
      roofGops: { fp16: 472 * tensorRt.bestShare },
      bandwidthGBs: 17.1,
      cacheBytes: 250e3,
    };
    const predicted = published.map(
      ([name, size]) => predict(buildNetwork(findNetwork(name), { size }), 'fp16', nano, tensorRt).fps,
    );
    for (const [i, [name, size, fps]] of published.entries()) {
      expect([name, size, predicted[i]! / fps < 2, predicted[i]! / fps > 0.5]).toEqual([
        name,
        size,
        true,
        true,
      ]);
    }
    expect(predicted).toEqual(predicted.toSorted((a, b) => b - a));
  });

  test('a GPU with launches to wait for gains little from a network without work', () => {
    const tiny = predict(twoConvolutions(), 'fp32', machine(1000, 40), darknet);
    expect([tiny.bound, tiny.latencyMs > 0.06]).toEqual(['overhead', true]);
  });
});
