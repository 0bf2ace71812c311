// Invented and measured times -> the costs they are made of, and what the measured ones say of the model.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agreementOf } from '../../../../models/cost/agreement.js';
import { onnxRuntimeCpu } from '../../../../models/cost/engines.js';
import { CostFit } from '../../../../models/cost/fit.js';
import type { Engine } from '../../../../models/cost/machine.js';
import { type Measurements, observationsOf } from '../../../../models/cost/measurements.js';
import { predict } from '../../../../models/cost/roofline.js';

const file = resolve(import.meta.dirname, '../../../../models/cost/measured.json');
const measurements = JSON.parse(readFileSync(file, 'utf8')) as Measurements;
const precisions = ['fp32', 'int8'] as const;

test('times that some costs make give those costs back', () => {
  const costs = { rewrites: 3, bytesPerPiece: 20, moves: 2, kernelUs: 5, wakeUs: 30 };
  const engine: Engine = {
    ...onnxRuntimeCpu,
    costs: { ...onnxRuntimeCpu.costs, fp32: { ...onnxRuntimeCpu.costs.fp32, ...costs } },
  };
  const invented = observationsOf(measurements, 'fp32')
    .filter((_, i) => i % 5 === 0)
    .map((one) => ({ ...one, measuredMs: predict(one.graph, 'fp32', one.machine, engine).latencyMs }));
  const fit = new CostFit(invented, 'fp32', onnxRuntimeCpu);
  for (const [cost, value] of Object.entries(fit.fit()))
    expect([cost, value / costs[cost as keyof typeof costs]]).toEqual([cost, expect.closeTo(1, 2)]);
  for (const [i, predicted] of fit.heldOut().entries())
    expect(predicted / invented[i]!.measuredMs).toBeCloseTo(1, 3);
});

test('what fits no network is left at 0', () => {
  const half = observationsOf(measurements, 'fp32').map((one) => ({ ...one, measuredMs: 1e-3 }));
  expect(Object.values(new CostFit(half, 'fp32', onnxRuntimeCpu).fit())).toEqual([0, 0, 0, 0, 0]);
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

describe.each(precisions)('measured.json, %s', (precision) => {
  const observations = observationsOf(measurements, precision);
  const fit = new CostFit(observations, precision, onnxRuntimeCpu);

  test('engines.ts has its costs, rounded (else: npm run bench -- cost-fit)', () => {
    const { halfWidths: _, ...costs } = onnxRuntimeCpu.costs[precision];
    for (const [cost, value] of Object.entries(fit.fit()))
      expect([cost, costs[cost as keyof typeof costs]]).toEqual([cost, Number(value.toPrecision(2))]);
  });

  test('more than 20 networks, held out, within 15% in the median and in their order', () => {
    const predicted = fit.heldOut();
    const { medianError, rankCorrelation } = agreementOf(
      observations.map(({ measuredMs }, i) => ({ measuredMs, predictedMs: predicted[i]! })),
    );
    expect(new Set(observations.map(({ network }) => network)).size).toBeGreaterThan(20);
    expect(medianError).toBeLessThan(0.15);
    expect(rankCorrelation).toBeGreaterThan(0.97);
  });
});
