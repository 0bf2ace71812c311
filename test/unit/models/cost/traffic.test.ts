// Layers + cache -> bytes to and from memory, counted by hand on graphs of a few layers.

import { expect, test } from 'vitest';
import { liveBytes, memoryTraffic } from '../../../../models/cost/traffic.js';
import { type LayerWork, workOf } from '../../../../models/cost/work.js';
import { findNetwork } from '../../../../models/networks/catalogue.js';
import { buildNetwork } from '../../../../models/networks/network-spec.js';

/** Of 100 bytes of output and 10 of weights. */
const layer = (index: number, ...inputs: number[]): LayerWork => ({
  index,
  kind: 'convolutional',
  inputs,
  operations: 0,
  values: 25,
  weightBytes: 10,
  inputBytes: inputs.map(() => 100),
  outputBytes: 100,
  activation: 'linear',
});
const chain = [layer(0, -1), layer(1, 0), layer(2, 1)];

test.each([
  ['none: everything twice', 0, [210, 210, 210]],
  // Output 0 stays until layer 1 reads it: neither written nor read. The picture and the last output always are.
  ['of two maps: only ends and weights', 205, [110, 10, 110]],
  ['of everything: the picture and the last output', 10_000, [100, 0, 100]],
])('a cache %s', (_, cacheBytes, bytes) => {
  expect(memoryTraffic(chain, cacheBytes)).toEqual(bytes);
});

test('a map that is pushed out before its second reader costs a write and a read', () => {
  // 3 reads 0 again, after 1 and 2 have filled the cache.
  const works = [layer(0, -1), layer(1, 0), layer(2, 1), layer(3, 2, 0)];
  const [first, , , last] = memoryTraffic(works, 205);
  expect([first, last]).toEqual([110 + 100, 10 + 100 + 100]);
});

test('a map larger than the cache does not push out what fits', () => {
  const large = { ...layer(1, 0), outputBytes: 1000 };
  const works = [layer(0, -1), large, { ...layer(2, 1), inputBytes: [1000] }];
  expect(memoryTraffic(works, 400)).toEqual([100, 1000, 1000 + 100]);
});

test.each([
  ['a chain: input and output of a layer', chain, 200],
  ['a map kept for later', [layer(0, -1), layer(1, 0), layer(2, 1), layer(3, 2, 0)], 300],
])('alive at once in %s', (_, works, bytes) => {
  expect(liveBytes(works)).toBe(bytes);
});

test.each([
  ['resnext-50', 34.4],
  ['cspresnext-50', 32.6],
])(
  'without a cache, maps of %s are the traffic that the paper counts: %d million values',
  (name, millions) => {
    const works = workOf(buildNetwork(findNetwork(name)), 'fp32');
    const traffic = memoryTraffic(works, 0);
    const counted = ['convolutional', 'maxpool', 'avgpool', 'local_avgpool'];
    const values = works.map(({ kind, weightBytes }, i) =>
      counted.includes(kind) ? (traffic[i]! - weightBytes) / 4 : 0,
    );
    expect(values.reduce((sum, value) => sum + value, 0) / 1e6).toBeCloseTo(millions, 1);
  },
);
