// Kernels and biases -> int8 and int32, against what they stand for.

import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../../models/networks/random.js';
import {
  correctBias,
  leastScales,
  quantizeBias,
  quantizeKernel,
} from '../../../../models/quantize/kernel.js';

const random = seededRandom(11);
const draw = (count: number, size = 1) =>
  Float32Array.from({ length: count }, () => size * (2 * random() - 1));

test.each([0, 1] as const)('each weight is off by half a step of its filter at most, %i is zero', (zero) => {
  for (let i = 0; i < 200; i++) {
    const [filters, perFilter] = [1 + Math.floor(8 * random()), 1 + Math.floor(30 * random())];
    const kernel = draw(filters * perFilter, 10 ** (6 * random() - 4));
    const { values, scales } = quantizeKernel(kernel, filters, zero);
    for (const [at, weight] of kernel.entries()) {
      const scale = scales[Math.floor(at / perFilter)]!;
      expect(Math.abs(weight - (values[at]! - zero) * scale)).toBeLessThanOrEqual(0.5001 * scale);
    }
    for (let filter = 0; filter < filters; filter++) {
      const row = values.subarray(filter * perFilter, (filter + 1) * perFilter);
      expect(Math.max(...row.map((value) => Math.abs(value - zero)))).toBe(127 - zero);
    }
  }
});

test('a filter of zeros stays one', () => {
  const { values, scales } = quantizeKernel(Float32Array.of(0, 0, 0.5, -1), 2);
  expect([...values]).toEqual([0, 0, 64, -127]);
  expect(scales.every((scale) => scale > 0)).toBe(true);
});

test.each([1e-12, 1e-7, 1e-3, 1, 1e4])('no bias of weights up to %d leaves 31 bits', (largest) => {
  const [filters, inputScale] = [4, 0.02];
  const bias = draw(filters, 5);
  const kernel = draw(filters * 9, largest);
  kernel.fill(0, 0, 9);
  const { values, scales } = quantizeKernel(kernel, filters, 0, leastScales(bias, inputScale));
  const steps = quantizeBias(bias, inputScale, scales);
  for (const [filter, step] of steps.entries()) {
    expect(Math.abs(step)).toBeLessThanOrEqual(2 ** 30 + 2 ** 7);
    const stepSize = inputScale * scales[filter]!;
    expect(Math.abs(step * stepSize - bias[filter]!)).toBeLessThanOrEqual(0.5001 * stepSize);
  }
  for (const [at, weight] of kernel.entries()) {
    const scale = scales[Math.floor(at / 9)]!;
    expect(Math.abs(weight - values[at]! * scale)).toBeLessThanOrEqual(0.5001 * scale);
  }
});

test('a bias is in steps of both scales', () => {
  const bias = quantizeBias(Float32Array.of(1, -0.26, 1e30), 0.5, Float32Array.of(0.01, 0.1, 1e-3));
  expect([...bias]).toEqual([200, -5, 2 ** 31 - 1]);
});

describe('bias correction', () => {
  test.each([
    { groups: 1, channels: 6, filters: 4, zero: 0 },
    { groups: 1, channels: 6, filters: 4, zero: 1 },
    { groups: 2, channels: 6, filters: 4, zero: 0 },
    { groups: 6, channels: 6, filters: 6, zero: 0 },
  ] as const)(
    'of $groups groups, $zero is zero: the mean of the outputs is that in floats',
    ({ groups, channels, filters, zero }) => {
      const cells = 9;
      const perGroup = channels / groups;
      const kernel = draw(filters * perGroup * cells);
      const bias = draw(filters);
      const quantized = quantizeKernel(kernel, filters, zero);
      const means = draw(channels).map(Math.abs);
      const corrected = correctBias(bias, kernel, quantized, means, groups);
      // A map that has its mean everywhere gives the mean of the outputs.
      const mean = (weight: (at: number, filter: number) => number, filter: number) => {
        let sum = 0;
        for (let i = 0; i < perGroup * cells; i++) {
          const channel = Math.floor(filter / (filters / groups)) * perGroup + Math.floor(i / cells);
          sum += weight(filter * perGroup * cells + i, filter) * means[channel]!;
        }
        return sum;
      };
      for (let filter = 0; filter < filters; filter++) {
        const floats = bias[filter]! + mean((at) => kernel[at]!, filter);
        const rounded = (at: number, of: number) => (quantized.values[at]! - zero) * quantized.scales[of]!;
        expect(corrected[filter]! + mean(rounded, filter)).toBeCloseTo(floats, 5);
        expect(corrected[filter]).not.toBe(bias[filter]);
      }
    },
  );
});
