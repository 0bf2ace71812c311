// Measured times of networks -> what layers cost beside their operations and traffic, and how well that predicts.

import type { Graph } from '../layers/registry.js';
import type { Engine, LayerCosts, Machine } from './machine.js';
import { predict } from './roofline.js';
import type { Precision } from './work.js';

export interface Observation {
  readonly network: string;
  readonly size: number;
  readonly graph: Graph;
  readonly machine: Machine;
  readonly measuredMs: number;
}

/** What a time is a sum of, each times a number of its own. */
const FITTED_COSTS = ['rewrites', 'bytesPerPiece', 'moves', 'averages', 'kernelUs', 'wakeUs'] as const;
type FittedCosts = Readonly<Record<(typeof FITTED_COSTS)[number], number>>;

/** An observation as a sum: a part that nothing is fitted of, and one for each of the costs at 1. */
interface Terms {
  readonly network: string;
  readonly measuredMs: number;
  readonly fixedMs: number;
  readonly perCost: readonly number[];
}

/** @param engine whose costs in this precision are fitted; one that waits for memory, as else times are no sums */
export class CostFit {
  readonly #terms: readonly Terms[];

  constructor(observations: readonly Observation[], precision: Precision, engine: Engine) {
    const timeOf = (costs: Partial<FittedCosts>, { graph, machine }: Observation) =>
      predict(graph, precision, machine, withCosts(engine, precision, costs)).latencyMs;
    this.#terms = observations.map((one) => {
      const fixedMs = timeOf({}, one);
      const perCost = FITTED_COSTS.map((cost) => timeOf({ [cost]: 1 }, one) - fixedMs);
      return { network: one.network, measuredMs: one.measuredMs, fixedMs, perCost };
    });
  }

  /** The costs, none below 0, with the least squares of relative errors. */
  fit(): FittedCosts {
    return named(leastSquares(this.#terms));
  }

  /**
   * Milliseconds, each by a fit that has seen nothing of its network, at whatever size or thread count.
   *
   * @param groupOf networks that are left out together
   */
  heldOut(groupOf = (network: string) => network): number[] {
    const costs = new Map<string, readonly number[]>();
    return this.#terms.map((one) => {
      const group = groupOf(one.network);
      const found =
        costs.get(group) ?? leastSquares(this.#terms.filter((other) => groupOf(other.network) !== group));
      costs.set(group, found);
      return timeOf(one, found);
    });
  }
}

/** The engine with these costs in place of its own. */
export function withCosts(engine: Engine, precision: Precision, costs: Partial<FittedCosts>): Engine {
  const none = Object.fromEntries(FITTED_COSTS.map((cost) => [cost, 0])) as unknown as FittedCosts;
  const all: LayerCosts = { ...engine.costs[precision], ...none, ...costs };
  return { ...engine, costs: { ...engine.costs, [precision]: all } };
}

function named(costs: readonly number[]): FittedCosts {
  return Object.fromEntries(FITTED_COSTS.map((cost, i) => [cost, costs[i]!])) as unknown as FittedCosts;
}

function timeOf({ fixedMs, perCost }: Terms, costs: readonly number[]): number {
  return perCost.reduce((sum, part, i) => sum + part * costs[i]!, fixedMs);
}

/** Far more than it takes to settle, which is when no cost moves by a millionth any more. */
const SWEEPS = 5000;
const SETTLED = 1e-6;

/** One cost after the other, each set to its best and not below 0: what is to be least is convex. */
function leastSquares(terms: readonly Terms[]): number[] {
  const rows = terms.map(({ perCost, measuredMs }) => perCost.map((part) => part / measuredMs));
  const rest = terms.map(({ fixedMs, measuredMs }) => 1 - fixedMs / measuredMs);
  const costs = FITTED_COSTS.map(() => 0);
  const squares = FITTED_COSTS.map((_, i) => rows.reduce((sum, row) => sum + row[i]! ** 2, 0));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let isSettled = true;
    for (const i of costs.keys()) {
      if (squares[i] === 0) continue;
      const slope = rows.reduce((sum, row, at) => sum + row[i]! * rest[at]!, 0);
      const next = Math.max(0, costs[i]! + slope / squares[i]!);
      const step = next - costs[i]!;
      costs[i] = next;
      if (Math.abs(step) > SETTLED * next) isSettled = false;
      if (step !== 0) for (const [at, row] of rows.entries()) rest[at] = rest[at]! - step * row[i]!;
    }
    if (isSettled) break;
  }
  return costs;
}
