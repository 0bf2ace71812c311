// Seed -> weights under which values neither grow nor fade through the layers.

import { expect, test } from 'vitest';
import { NetworkBuilder } from '../../../../models/networks/builder.js';
import { initialWeights } from '../../../../models/networks/initial-weights.js';
import { seededRandom } from '../../../../models/networks/random.js';

test('kernels have He’s variance, two over the values that an output reads', () => {
  const net = new NetworkBuilder({ size: 32, classes: 1, activation: 'relu' });
  const first = net.conv(net.picture, 64, 3);
  net.conv(first, 128, 3, { groups: 4 });
  const weights = initialWeights(net.graph, 1);
  for (const [index, fanIn] of [
    [0, 27],
    [1, 16 * 9],
  ] as const) {
    const { kernel, biases, batchNorm } = weights.get(index)!;
    const variance = kernel.reduce((sum, value) => sum + value * value, 0) / kernel.length;
    expect(variance * fanIn).toBeCloseTo(2, 0);
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(Math.fround(Math.sqrt(6 / fanIn)));
    expect([biases, batchNorm!.means].every((values) => values.every((value) => value === 0))).toBe(true);
    expect(
      [batchNorm!.scales, batchNorm!.variances].every((values) => values.every((value) => value === 1)),
    ).toBe(true);
  }
});

test('numbers of a seed are spread evenly and never repeat early', () => {
  const random = seededRandom(0);
  const drawn = Array.from({ length: 10_000 }, random);
  const counts = new Array(10).fill(0);
  for (const value of drawn) counts[Math.floor(value * 10)]++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  expect(new Set(drawn).size).toBeGreaterThan(9990);
});
