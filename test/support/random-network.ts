// Seed -> a small network of randomly chosen layers, for properties that hold of every network.

import type { Graph } from '../../models/layers/registry.js';
import { spatialAttention } from '../../models/networks/blocks/spatial-attention.js';
import { spatialPyramidPooling } from '../../models/networks/blocks/spatial-pyramid-pooling.js';
import { squeezeExcitation } from '../../models/networks/blocks/squeeze-excitation.js';
import { type Feature, NetworkBuilder } from '../../models/networks/builder.js';
import { seededRandom } from '../../models/networks/random.js';

const activations = ['linear', 'leaky', 'relu', 'logistic', 'tanh', 'swish', 'mish', 'elu'] as const;

export function randomNetwork(seed: number): Graph {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(items: readonly T[]) => items[below(items.length)]!;
  const net = new NetworkBuilder({
    size: 8 * (1 + below(3)),
    classes: 1 + below(3),
    activation: pick(activations),
    newCoords: random() < 0.5,
  });
  const made: Feature[] = [net.conv(net.picture, 4 * (1 + below(3)), 3)];
  const any = () => pick(made);
  const ofSize = (x: Feature) => made.filter(({ output }) => output.height === x.output.height);
  const steps: readonly (() => Feature)[] = [
    () => net.conv(any(), 2 * (1 + below(6)), pick([1, 3, 5]), { activation: pick(activations) }),
    () => net.conv(any(), 2 * (1 + below(6)), pick([1, 3]), { batchNormalize: random() < 0.5 }),
    () => net.conv(any(), 2 * (1 + below(4)), 3, { groups: 2 }),
    () => net.conv(any(), 4, 3, { stride: 2 }),
    () => net.maxpool(any(), 2, 2),
    () => net.maxpool(any(), pick([2, 3, 5]), 1),
    () => net.averagePool(any()),
    () => net.maxout(any(), 2),
    () => net.slice(any(), 2, below(2)),
    () => net.upsample(any()),
    () => net.concat(any()),
    () => joined((x) => net.concat(x, ...ofSize(x).slice(0, 3))),
    () => joined((x) => net.shortcut(x, [pick(ofSize(x))], pick(activations))),
    () => squeezeExcitation(net, any()),
    () => spatialAttention(net, any()),
    () => spatialPyramidPooling(net, any()),
    () => net.preactivate(any()),
  ];
  const joined = (join: (x: Feature) => Feature) => join(any());
  while (made.length < 12) {
    const step = pick(steps);
    const candidate = attempt(net, step);
    if (candidate) made.push(candidate);
  }
  net.yolo(
    any(),
    [
      [10, 13],
      [16, 30],
      [33, 23],
    ],
    [0, 2],
  );
  return net.graph;
}

/** A pool of a map of one cell, a map that grows without end and the like are left out. */
function attempt(net: NetworkBuilder, step: () => Feature): Feature | undefined {
  const before = net.graph.layers.length;
  const made = step();
  const { channels, height } = made.output;
  return net.graph.layers.length > before &&
    height >= 2 &&
    height <= 48 &&
    channels <= 96 &&
    channels % 2 === 0
    ? made
    : undefined;
}
