// Measurements of several machines -> how well the others' fit predicts one of them, by what it would measure of itself.

import type { Compared } from './agreement.js';
import { CostFit, withCosts } from './fit.js';
import type { Engine } from './machine.js';
import { type Measurements, observationsOf, type Run } from './measurements.js';
import { predict } from './roofline.js';
import { slownessOf, THIN_NETWORK } from './slowness.js';

export interface LeftOut extends Compared {
  readonly network: string;
  readonly size: number;
  readonly precision: Run['precision'];
  readonly threads: number;
}

const PRECISIONS = ['fp32', 'int8'] as const;

/**
 * Of the machine itself only what `cspcam profiles measure` finds goes in: roofs, bandwidth and the time of THIN_NETWORK,
 * which is not among what is compared, at any size.
 *
 * @param others what the costs are fitted on
 * @param by roofs and bandwidth alone, or the time of the thin network too
 * @param engine whose other properties are taken as they are
 */
export function leaveOut(
  machine: Measurements,
  others: readonly Measurements[],
  engine: Engine,
  by: 'roofs' | 'thin-network' = 'thin-network',
): LeftOut[] {
  return PRECISIONS.flatMap((precision) => {
    const seen = others.flatMap((one) => observationsOf(one, precision));
    const fitted = withCosts(engine, precision, new CostFit(seen, precision, engine).fit());
    return predictMeasured(machine, precision, fitted, by);
  });
}

/** As `profiles measure` would let predict them, with costs that stand. @returns all runs but those of THIN_NETWORK */
export function predictMeasured(
  machine: Measurements,
  precision: Run['precision'],
  engine: Engine,
  by: 'roofs' | 'thin-network' = 'thin-network',
): LeftOut[] {
  const observations = observationsOf(machine, precision);
  const slowness = new Map(
    observations
      .filter(({ network, size }) => network === THIN_NETWORK.network && size === THIN_NETWORK.size)
      .map((one) => [
        one.machine.threads!.count,
        { [precision]: slownessOf(one.measuredMs, precision, one.machine, engine) },
      ]),
  );
  return observations
    .filter(({ network }) => network !== THIN_NETWORK.network)
    .map(({ network, size, graph, machine: of, measuredMs }) => {
      const threads = of.threads!.count;
      const here = by === 'roofs' ? of : { ...of, slowness: slowness.get(threads)! };
      const predictedMs = predict(graph, precision, here, engine).latencyMs;
      return { network, size, precision, threads, measuredMs, predictedMs };
    });
}
