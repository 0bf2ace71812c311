// Build -> Darknet files -> import -> the same network, bit for bit.

import { expect, test } from 'vitest';
import { readNetwork } from '../../../../models/darknet/network.js';
import { readWeights, writeWeights } from '../../../../models/darknet/weights.js';
import { writeCfg } from '../../../../models/darknet/write-cfg.js';
import { describeLayers, totalCost } from '../../../../models/graph/cost.js';
import type { Graph } from '../../../../models/layers/registry.js';
import { CATALOGUE } from '../../../../models/networks/catalogue.js';
import { initialWeights } from '../../../../models/networks/initial-weights.js';
import { buildNetwork } from '../../../../models/networks/network-spec.js';
import { seededRandom } from '../../../../models/networks/random.js';
import { evaluateNaively } from '../../../support/naive-network.js';
import { randomNetwork } from '../../../support/random-network.js';
import { run } from '../../../support/small-networks.js';

const rows = CATALOGUE.map((system) => [system.name, system] as const);

test.each(rows)('%s: cfg', (name, system) => {
  for (const options of [{}, { size: 256, classes: 3, activation: 'mish', newCoords: true } as const]) {
    const graph = buildNetwork(system, options);
    const cfg = writeCfg(graph, name);
    const back = readNetwork(cfg, 'back.cfg');
    expect(back).toEqual(graph);
    expect(writeCfg(back, name)).toBe(cfg);
  }
});

// The large ones are many more of the same bytes; the end-to-end suite has them.
const small = rows.filter(([, system]) => totalCost(describeLayers(buildNetwork(system))).parameters < 3e6);

test.each(small)('%s: weights', (_, system) => {
  expectSameWeights(buildNetwork(system), 1);
});

/** Every float is drawn, those of batch norm included. */
function expectSameWeights(graph: Graph, seed: number): void {
  const random = seededRandom(seed);
  const file = new Uint8Array(20 + 4 * totalCost(describeLayers(graph)).parameters);
  file.set([0, 0, 0, 0, 2, 0, 0, 0, 5]);
  new Float32Array(file.buffer, 20).forEach((_, i, floats) => {
    floats[i] = random();
  });
  const weights = readWeights(file, graph, 'drawn.weights');
  const back = writeWeights(graph, weights);
  expect(Buffer.compare(back, file)).toBe(0);
}

test('the same seed gives the same bits, another seed others', () => {
  const graph = buildNetwork(CATALOGUE.find(({ name }) => name === 'csppeleenetb-ref')!);
  const bytes = (seed: number) => Buffer.from(writeWeights(graph, initialWeights(graph, seed)));
  expect(bytes(7).equals(bytes(7))).toBe(true);
  expect(bytes(7).equals(bytes(8))).toBe(false);
});

test('random networks survive the way to Darknet and back', () => {
  for (let seed = 0; seed < 200; seed++) {
    const graph = randomNetwork(seed);
    const cfg = writeCfg(graph, `random ${seed}`);
    expect(readNetwork(cfg, 'random.cfg'), `seed ${seed}`).toEqual(graph);
    expectSameWeights(graph, seed);
  }
});

test.each(Array.from({ length: 25 }, (_, seed) => seed))(
  'random network %d computes what plain loops compute',
  async (seed) => {
    const graph = randomNetwork(seed);
    const random = seededRandom(seed);
    const { height, width } = graph.input;
    const pixels = Uint8Array.from({ length: 3 * height * width }, () => 256 * random());
    const cfg = writeCfg(graph, 'random');
    const weights = new Uint8Array(writeWeights(graph, initialWeights(graph, seed)));
    let at = 20;
    const reference = evaluateNaively(
      cfg,
      (count) => {
        at += 4 * count;
        return new Float32Array(weights.slice(at - 4 * count, at).buffer);
      },
      { shape: [3, height, width], values: Float64Array.from(pixels, (value) => value / 255) },
    );
    const values = await run({ graph, pixels, weights, reference });
    const largest = Math.max(...reference.values.map(Math.abs), 1e-6);
    const worst = Math.max(...values.map((value, i) => Math.abs(value - reference.values[i]!)));
    expect(worst / largest).toBeLessThan(1e-4);
  },
);
