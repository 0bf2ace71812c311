// Weights in 16 bits -> against numpy's halves, and there and back.

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { fromHalf, packHalf, toHalf, unpackHalf } from '../../../models/darknet/half-weights.js';
import { findNetwork } from '../../../models/networks/catalogue.js';
import { initialWeights } from '../../../models/networks/initial-weights.js';
import { buildNetwork } from '../../../models/networks/network-spec.js';
import { hasPythonPackage, PYTHON } from '../../support/tools.js';

test('every half comes back as itself', () => {
  const changed = Array.from({ length: 0x10000 }, (_, half) => half).filter((half) => {
    const value = fromHalf(half);
    return Number.isNaN(value) ? !Number.isNaN(fromHalf(toHalf(value))) : toHalf(value) !== half;
  });
  expect(changed).toEqual([]);
});

test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65_504, 0x7bff],
  [65_519, 0x7bff],
  [65_520, 0x7c00],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -14, 0x0400],
  [2 ** -14 - 2 ** -26, 0x0400],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2 - 2 ** -12, 0x4000],
  [0.1, 0x2e66],
])('%d is %i', (value, half) => {
  expect(toHalf(value)).toBe(half);
});

test.skipIf(!hasPythonPackage('numpy'))('ten thousand random numbers round as numpy rounds them', () => {
  const values = Float32Array.from(
    { length: 10_000 },
    (_, i) => Math.sin(i * 12.9898) * 10 ** ((i % 14) - 9),
  );
  const script =
    'import sys, numpy as n; sys.stdout.buffer.write(n.frombuffer(sys.stdin.buffer.read(), n.float32).astype(n.float16).tobytes())';
  const theirs = execFileSync(PYTHON, ['-c', script], { input: Buffer.from(values.buffer) });
  expect([...values].map(toHalf)).toEqual([...new Uint16Array(new Uint8Array(theirs).buffer)]);
});

const graph = buildNetwork(findNetwork('cspdensenetb-ref-prn'), {});
const weights = initialWeights(graph, 1);

test('a network: half the size, kernels within half a step, the rest as it was', () => {
  const packed = packHalf(graph, weights);
  const back = unpackHalf(packed, graph, 'a.weights16');
  expect([...back.keys()]).toEqual([...weights.keys()]);
  for (const [index, { kernel, ...rest }] of weights) {
    const { kernel: halves, ...same } = back.get(index)!;
    expect(same).toEqual(rest);
    const worst = kernel.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - halves[i]!) / Math.max(Math.abs(value), 2 ** -14)),
      0,
    );
    expect(worst).toBeLessThanOrEqual(2 ** -11);
  }
  const floats = [...weights.values()].reduce((sum, { kernel }) => sum + kernel.length, 0);
  expect(packed.byteLength).toBeLessThan(2.1 * floats);
});

test.each([
  ['cut', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 2), /received the end of a\.weights16/],
  ['too long', (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(1)]), /received 1 more bytes/],
  ['of another kind', () => Buffer.alloc(100), /expected weights in 16 bits for a\.weights16/],
])('a file that is %s', (_, spoil, message) => {
  expect(() => unpackHalf(spoil(packHalf(graph, weights)), graph, 'a.weights16')).toThrow(message);
});
