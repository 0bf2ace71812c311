// Values of activations -> ranges and scales: what 256 steps cover, and how far off they are.

import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../../models/networks/random.js';
import { Histogram } from '../../../../models/quantize/histogram.js';
import { methods, type Range, rangeOf, scaleOf } from '../../../../models/quantize/range.js';
import { shareRanges } from '../../../../models/quantize/shared-scales.js';

const histogramOf = (...batches: readonly (readonly number[])[]) => {
  const histogram = new Histogram();
  for (const batch of batches) histogram.add(Float32Array.from(batch));
  return histogram;
};

/** Sum of four: a bell around 0. */
const bell = (count: number, seed: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random() + random() + random() + random() - 2);
};

const quantize = (value: number, { scale, zeroPoint }: ReturnType<typeof scaleOf>) => {
  const step = Math.max(0, Math.min(255, Math.round(value / scale) + zeroPoint));
  return (step - zeroPoint) * scale;
};

describe('histogram', () => {
  test('of batches is that of all values, whatever their order', () => {
    const [small, large] = [bell(1000, 1), bell(1000, 2).map((value) => 50 * value)];
    for (const histogram of [histogramOf(small, large), histogramOf(large, small)]) {
      expect(histogram.total).toBe(2000);
      expect(histogram.min).toBe(Math.fround(Math.min(...small, ...large)));
      expect(histogram.max).toBe(Math.fround(Math.max(...small, ...large)));
      const mean = histogram.counts.reduce((sum, count, i) => sum + count * histogram.value(i), 0) / 2000;
      const exact = [...small, ...large].reduce((sum, value) => sum + value, 0) / 2000;
      expect(Math.abs(mean - exact)).toBeLessThan(histogram.step);
    }
  });

  test('needs no more room for more or larger values', () => {
    const histogram = histogramOf([1], [1e6], bell(10_000, 3));
    expect(histogram.counts).toHaveLength(new Histogram().counts.length);
    expect(histogram.total).toBe(10_002);
  });

  test.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])('tells of %d', (odd) => {
    expect(histogramOf([1, 2], [odd, 3]).isFinite).toBe(false);
    expect(histogramOf([1, 2], [3]).isFinite).toBe(true);
  });

  test('counts zeros, also where there is nothing else', () => {
    expect(histogramOf([0, 0, 0])).toMatchObject({ zeros: 3, total: 3, min: 0, max: 0 });
    expect(histogramOf([0, 0], [1, 0, -1])).toMatchObject({ zeros: 3, total: 5 });
  });
});

describe('ranges', () => {
  const values = bell(100_000, 4);
  const histogram = histogramOf(values, [40]);

  test('minmax covers everything', () => {
    const min = Math.fround(Math.min(...values));
    expect(rangeOf(histogram, 'minmax')).toEqual({ min, max: 40 });
  });

  test.each(['percentile', 'mse'] as const)('%s lets go of one value far out', (method) => {
    const { min, max } = rangeOf(histogram, method);
    expect(max).toBeGreaterThan(1);
    expect(max).toBeLessThan(method === 'mse' ? 39 : 3);
    expect(min).toBeLessThan(-0.4);
  });

  test('mse has the least error of the methods', () => {
    const error = (range: Range) => {
      const scale = scaleOf(range);
      return [...values, 40].reduce((sum, value) => sum + (value - quantize(value, scale)) ** 2, 0);
    };
    const [minmax, percentile, mse] = methods.map((method) => error(rangeOf(histogram, method)));
    // Of the percentile's error most is the one value.
    expect(mse!).toBeLessThan(minmax!);
    expect(mse!).toBeLessThan(percentile!);
  });

  test.each(methods)('%s of nothing but zeros has a scale', (method) => {
    const { scale, zeroPoint } = scaleOf(rangeOf(histogramOf([0, 0]), method));
    expect(scale).toBeGreaterThan(0);
    expect(zeroPoint).toBe(0);
  });
});

test('within its range a value is off by half a step at most, and zero by nothing', () => {
  const random = seededRandom(6);
  for (let i = 0; i < 2000; i++) {
    const size = 10 ** (8 * random() - 4);
    const range = { min: size * (random() - 0.7), max: size * (random() - 0.3) };
    if (range.min > range.max) continue;
    const scale = scaleOf(range);
    expect(Number.isInteger(scale.zeroPoint)).toBe(true);
    expect(scale.zeroPoint).toBeGreaterThanOrEqual(0);
    expect(scale.zeroPoint).toBeLessThanOrEqual(255);
    expect(quantize(0, scale)).toBe(0);
    const value = range.min + (range.max - range.min) * random();
    // The zero point is rounded too: at the ends of the range that takes another half.
    const inner = Math.abs(value - range.min) > scale.scale && Math.abs(value - range.max) > scale.scale;
    const steps = Math.abs(value - quantize(value, scale)) / scale.scale;
    expect(steps).toBeLessThanOrEqual(inner ? 0.5001 : 1.0001);
  }
});

test.each<[Range, number]>([
  [{ min: 0, max: 4 }, 0],
  [{ min: 1, max: 4 }, 0],
  [{ min: -4, max: 0 }, 255],
  [{ min: -4, max: -1 }, 255],
  [{ min: -1, max: 3 }, 64],
])('the zero point of %o is %i', (range, zeroPoint) => {
  expect(scaleOf(range).zeroPoint).toBe(zeroPoint);
});

describe('shared ranges', () => {
  const node = (opType: string, inputs: string[], output: string) => ({
    opType,
    inputs,
    output,
    attributes: {},
  });
  const share = (nodes: ReturnType<typeof node>[], tops: Record<string, number>) => {
    const ranges = new Map(Object.entries(tops).map(([value, max]) => [value, { min: 0, max }]));
    const shared = shareRanges({ inputs: [], nodes, constants: new Map(), outputs: [] }, ranges);
    return Object.fromEntries([...shared].map(([value, { max }]) => [value, max]));
  };

  test.each<[string, ReturnType<typeof node>[], Record<string, number>, Record<string, number>]>([
    [
      'what is concatenated has one range',
      [node('Concat', ['a', 'b'], 'c')],
      { a: 1, b: 3, c: 3 },
      { a: 3, b: 3, c: 3 },
    ],
    [
      'but for what would lose more than two bits',
      [node('Concat', ['a', 'b'], 'c')],
      { a: 1, b: 5, c: 5 },
      { a: 1, b: 5, c: 5 },
    ],
    [
      'along a chain',
      [
        node('MaxPool', ['a'], 'b'),
        node('Resize', ['b', '', 'scales'], 'c'),
        node('Concat', ['c', 'd'], 'e'),
      ],
      { a: 2, b: 1.9, c: 1.9, d: 3, e: 3 },
      { a: 3, b: 3, c: 3, d: 3, e: 3 },
    ],
    ['not through what computes', [node('Conv', ['a'], 'b')], { a: 1, b: 3 }, { a: 1, b: 3 }],
  ])('%s', (_, nodes, tops, shared) => {
    expect(share(nodes, tops)).toEqual(shared);
  });
});
