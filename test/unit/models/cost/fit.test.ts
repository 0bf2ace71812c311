// Invented and measured times -> the costs they are made of, and what the measured ones say of the model.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agreementOf } from '../../../../models/cost/agreement.js';
import { onnxRuntimeCpu } from '../../../../models/cost/engines.js';
import { CostFit } from '../../../../models/cost/fit.js';
import { leaveOut } from '../../../../models/cost/left-out.js';
import type { Engine } from '../../../../models/cost/machine.js';
import { type Measurements, observationsOf, type Run } from '../../../../models/cost/measurements.js';
import { predict } from '../../../../models/cost/roofline.js';
import { slownessOf, THIN_NETWORK } from '../../../../models/cost/slowness.js';
import { findNetwork } from '../../../../models/networks/catalogue.js';
import { buildNetwork } from '../../../../models/networks/network-spec.js';

const folder = resolve(import.meta.dirname, '../../../../models/cost/measured');
const machines = Object.fromEntries(
  readdirSync(folder).map((file) => [
    basename(file, '.json'),
    JSON.parse(readFileSync(resolve(folder, file), 'utf8')) as Measurements,
  ]),
);
const names = Object.keys(machines);
const measurements = machines['xeon-vnni']!;
const precisions = ['fp32', 'int8'] as const;

test('times that some costs make give those costs back', () => {
  const costs = { rewrites: 3, bytesPerPiece: 20, moves: 2, averages: 7, kernelUs: 5, wakeUs: 30 };
  const engine: Engine = {
    ...onnxRuntimeCpu,
    costs: { ...onnxRuntimeCpu.costs, fp32: { ...onnxRuntimeCpu.costs.fp32, ...costs } },
  };
  const invented = observationsOf(measurements, 'fp32')
    .filter(({ network }, i) => i % 5 === 0 || network.includes('elastic'))
    .map((one) => ({ ...one, measuredMs: predict(one.graph, 'fp32', one.machine, engine).latencyMs }));
  const fit = new CostFit(invented, 'fp32', onnxRuntimeCpu);
  for (const [cost, value] of Object.entries(fit.fit()))
    expect([cost, value / costs[cost as keyof typeof costs]]).toEqual([cost, expect.closeTo(1, 2)]);
  for (const [i, predicted] of fit.heldOut().entries())
    expect(predicted / invented[i]!.measuredMs).toBeCloseTo(1, 3);
});

test('what fits no network is left at 0', () => {
  const half = observationsOf(measurements, 'fp32').map((one) => ({ ...one, measuredMs: 1e-3 }));
  expect(Object.values(new CostFit(half, 'fp32', onnxRuntimeCpu).fit())).toEqual([0, 0, 0, 0, 0, 0]);
});

test('a network held out has no say in its own prediction', () => {
  const some = observationsOf(measurements, 'fp32').slice(0, 12);
  const [network] = some.map((one) => one.network);
  const spoilt = some.map((one) =>
    one.network === network ? { ...one, measuredMs: 10 * one.measuredMs } : one,
  );
  const of = (observations: typeof some) =>
    new CostFit(observations, 'fp32', onnxRuntimeCpu)
      .heldOut()
      .filter((_, i) => observations[i]!.network === network);
  expect(of(spoilt)).toEqual(of(some));
});

test.each(precisions)(
  'engines.ts has the costs of all machines in %s, rounded (else: npm run bench -- cost-fit)',
  (precision) => {
    const { halfWidths: _, ...costs } = onnxRuntimeCpu.costs[precision];
    const seen = Object.values(machines).flatMap((one) => observationsOf(one, precision));
    for (const [cost, value] of Object.entries(new CostFit(seen, precision, onnxRuntimeCpu).fit()))
      expect([cost, costs[cost as keyof typeof costs]]).toEqual([cost, Number(value.toPrecision(2))]);
  },
);

test.each(precisions)(
  'more than 20 networks, held out, within 0.15 in the median and in their order: %s',
  (precision) => {
    const observations = observationsOf(measurements, precision);
    const predicted = new CostFit(observations, precision, onnxRuntimeCpu).heldOut();
    const { medianError, rankCorrelation } = agreementOf(
      observations.map(({ measuredMs }, i) => ({ measuredMs, predictedMs: predicted[i]! })),
    );
    expect(new Set(observations.map(({ network }) => network)).size).toBeGreaterThan(20);
    expect(medianError).toBeLessThan(0.15);
    expect(rankCorrelation).toBeGreaterThan(0.97);
  },
);

describe('a machine left out', () => {
  const others = (name: string) => names.filter((other) => other !== name);

  test.each<[string, readonly string[]]>([
    ['epyc-avx2', ['xeon-vnni']],
    ['xeon-vnni', ['epyc-avx2']],
    ...names.map((name): [string, string[]] => [name, others(name)]),
  ])('%s by a fit on %j: within 0.15 in the median and in their order', (name, fittedOn) => {
    const compared = leaveOut(
      machines[name]!,
      fittedOn.map((other) => machines[other]!),
      onnxRuntimeCpu,
    );
    const { medianError, rankCorrelation } = agreementOf(compared);
    expect(compared.length).toBeGreaterThan(250);
    expect(medianError).toBeLessThanOrEqual(0.15);
    expect(rankCorrelation).toBeGreaterThanOrEqual(0.97);
  });

  test('has no say in its own prediction but for roofs and the thin network', () => {
    const { runs } = machines['epyc-avx2']!;
    const spoilt = {
      ...machines['epyc-avx2']!,
      runs: runs.map((run) => (isThin(run) ? run : { ...run, medianMs: 10 * run.medianMs })),
    };
    const predicted = (one: Measurements) =>
      leaveOut(one, [measurements], onnxRuntimeCpu).map(({ predictedMs }) => predictedMs);
    expect(predicted(spoilt)).toEqual(predicted(machines['epyc-avx2']!));
    const thinner = {
      ...machines['epyc-avx2']!,
      runs: runs.map((run) => (isThin(run) ? { ...run, medianMs: 1.2 * run.medianMs } : run)),
    };
    const before = predicted(machines['epyc-avx2']!);
    expect(predicted(thinner).every((after, i) => after > before[i]!)).toBe(true);
  });

  test('nothing of the thin network is among what is compared', () => {
    const compared = leaveOut(measurements, [machines['epyc-avx2']!], onnxRuntimeCpu);
    expect(compared.filter(({ network }) => network === THIN_NETWORK.network)).toEqual([]);
  });
});

function isThin({ network, size }: Run): boolean {
  return network === THIN_NETWORK.network && size === THIN_NETWORK.size;
}

test('a thin network that takes what its layers are predicted to has a slowness of 1, whatever the machine', () => {
  const { network, size } = THIN_NETWORK;
  const { machine } = observationsOf(measurements, 'int8')[0]!;
  const graph = buildNetwork(findNetwork(network), { size });
  const time = (slowness: number) =>
    predict(graph, 'int8', { ...machine, slowness: { int8: slowness } }, onnxRuntimeCpu).latencyMs;
  for (const slowness of [0, 1, 2.5])
    expect(slownessOf(time(slowness), 'int8', machine, onnxRuntimeCpu)).toBeCloseTo(slowness, 9);
  expect(slownessOf(0.5 * time(0), 'int8', machine, onnxRuntimeCpu)).toBe(0);
});
