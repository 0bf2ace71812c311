// What the paper says that arithmetic can check.

import { expect, test } from 'vitest';
import { describeLayers } from '../../../../models/graph/cost.js';
import type { Graph } from '../../../../models/layers/registry.js';
import { cspStage, splitByConvolutions } from '../../../../models/networks/blocks/csp-stage.js';
import { denseBlock } from '../../../../models/networks/blocks/dense.js';
import { NetworkBuilder } from '../../../../models/networks/builder.js';
import { findNetwork } from '../../../../models/networks/catalogue.js';
import { cio } from '../../../../models/networks/count.js';
import { buildNetwork } from '../../../../models/networks/network-spec.js';

/** Channels that the dense layers read and write: the input of their 1x1, the output of their 3x3 convolution. */
function denseTraffic({ layers }: Graph, from: number): number {
  let channels = 0;
  for (const { index, layer, inputShapes, output } of layers)
    if (index > from && layer.kind === 'convolutional')
      channels += layer.size === 1 ? inputShapes[0]!.channels : output.channels;
  return channels;
}

test.each([
  { c: 64, d: 32, m: 4 },
  { c: 128, d: 16, m: 7 },
  { c: 32, d: 32, m: 1 },
])('CIO of a dense block, $c channels, growth $d, $m layers', ({ c, d, m }) => {
  const options = { layers: m, growth: d, bottleneck: 8 };
  const plain = new NetworkBuilder({ size: 32, classes: 1, activation: 'linear' });
  const base = plain.conv(plain.picture, c, 3);
  denseBlock(plain, base, options);
  expect(denseTraffic(plain.graph, base.index)).toBe(c * m + ((m * m + m) * d) / 2);

  const partial = new NetworkBuilder({ size: 32, classes: 1, activation: 'linear' });
  let start = 0;
  let end = 0;
  cspStage(partial, partial.conv(partial.picture, c, 3), {
    split: splitByConvolutions(c / 2, c / 2),
    block: (net, x) => {
      start = x.index;
      const dense = denseBlock(net, x, options);
      end = dense.index;
      return dense;
    },
    fusion: 'both',
  });
  const block = { ...partial.graph, layers: partial.graph.layers.slice(0, end) };
  expect(denseTraffic(block, start)).toBe((c * m + (m * m + m) * d) / 2);
});

const graphOf = (name: string, size?: number) =>
  buildNetwork(findNetwork(name), size === undefined ? {} : { size });

test.each([
  ['resnext-50', 34.4],
  ['cspresnext-50', 32.6],
])('CIO of %s is %d M', (name, millions) => {
  expect(Number(cio(graphOf(name)).toFixed(1))).toBe(millions);
});

/** The costliest layer: what a pipeline of layers waits for. */
const bottleneck = (name: string) =>
  Math.max(...describeLayers(graphOf(name, 416)).map((layer) => layer.bflops));

test.each([
  ['peleenet-prn', 44],
  ['peleenet-yolo', 80],
])('the bottleneck of CSPPeleeNet-EFM is below that of %s by %d%%', (name, percent) => {
  const saved = 100 * (1 - bottleneck('csppeleenet-efm') / bottleneck(name));
  expect(Math.round(saved)).toBe(percent);
});

test('Maxout keeps a quarter of what the feature pyramid takes from strides 8 and 16', () => {
  const maxouts = graphOf('csppeleenet-efm').layers.filter(
    ({ layer }) => layer.kind === 'maxpool' && layer.outChannels > 0,
  );
  const values = (stride: number) => {
    const side = 416 / stride;
    const { inputShapes, output } = maxouts.find(({ output }) => output.height === side)!;
    return { before: inputShapes[0]!.channels * side * side, after: output.channels * side * side };
  };
  const [eighth, sixteenth] = [values(8), values(16)];
  const kept = (eighth.after + sixteenth.after) / (eighth.before + sixteenth.before);
  expect(1 - kept).toBe(0.75);
});

test('computation is cut by 10 to 20% where the paper says so', () => {
  const bflops = (name: string) =>
    describeLayers(graphOf(name)).reduce((sum, layer) => sum + layer.bflops, 0);
  const saved = (csp: string, plain: string) => Math.round(100 * (1 - bflops(csp) / bflops(plain)));
  // Of table 3: PeleeNet 13%, ResNeXt-50 22%, ResNet-10 16%.
  expect(saved('csppeleenet', 'peleenet')).toBe(13);
  expect(saved('cspresnext-50', 'resnext-50')).toBe(22);
  expect(saved('cspresnet-10', 'resnet-10')).toBe(16);
});
