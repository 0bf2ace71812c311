// Limits of a machine + wish -> what every detector of the catalogue would do on it, and which to take. Pure.

import { predict } from '../../models/cost/roofline.js';
import type { Precision } from '../../models/cost/work.js';
import type { Graph } from '../../models/graph/graph.js';
import { catalogue } from '../../models/networks/catalogue.js';
import { buildNetwork } from '../../models/networks/network-spec.js';
import type { Executor } from './execution-target.js';
import { whyChosen, whyNone } from './plan-reasons.js';
import { best, DEFAULT_WISH, keepsUp, type PlanRow, rate, type Wish } from './plan-row.js';

export interface Plan {
  readonly rows: readonly PlanRow[];
  readonly chosen?: PlanRow;
  /** Why this one, or what stands in the way and what would fit; sentences. */
  readonly reasons: readonly string[];
}

export interface PlanOptions {
  readonly executor: Executor;
  readonly precision: Precision;
  /** Of the whole machine. */
  readonly memoryGB: number;
  readonly wish?: Wish;
  /** Names of networks to choose among, such as those with weights at hand; default all. */
  readonly among?: readonly string[];
}

/** System, agent and broker; and a capture process for each camera. Assumed. */
const RESERVED_MB = 600;
const CAMERA_MB = 100;

/** @throws CspcamError where the machine lacks the precision */
export function plan({ executor, precision, memoryGB, wish = DEFAULT_WISH, among }: PlanOptions): Plan {
  const rows = rowsOf(executor, precision, wish);
  const candidates = rows.filter(({ model }) => among?.includes(model) ?? true);
  return { rows, ...choose(candidates, memoryGB, wish) };
}

/** The one with the best published AP50 among those that keep up with the wish; of equals, the fastest. */
export function choose(rows: readonly PlanRow[], memoryGB: number, wish: Wish): Omit<Plan, 'rows'> {
  const candidates = rows.filter(({ ap50 }) => ap50 !== null);
  const budgetMB = 1000 * memoryGB - RESERVED_MB - CAMERA_MB * wish.cameras;
  const good = candidates.filter(({ ap50 }) => ap50! >= (wish.minAp50 ?? 0));
  const fitting = good.filter((row) => keepsUp(row, wish) && row.memoryMB <= budgetMB);
  const chosen = best(fitting);
  if (chosen !== undefined) return { chosen, reasons: whyChosen(chosen, fitting, good, wish, budgetMB) };
  return { reasons: whyNone(candidates, good, wish, budgetMB) };
}

function rowsOf(executor: Executor, precision: Precision, wish: Wish): PlanRow[] {
  const detectors = catalogue.filter(({ task }) => task === 'detection');
  return detectors.flatMap((system) =>
    system.published.map(({ size, ap50 }) => {
      const graph = buildNetwork(system, { size });
      return rowOf({ model: system.name, size, precision, ap50: ap50 ?? null }, graph, executor, wish);
    }),
  );
}

/** What a network would do. @throws CspcamError where the machine lacks the precision */
export function rowOf(
  of: Pick<PlanRow, 'model' | 'size' | 'precision' | 'ap50'>,
  graph: Graph,
  { machine, engine }: Executor,
  wish: Wish,
): PlanRow {
  const { fps, latencyMs, bytes, memoryBytes, bound } = predict(graph, of.precision, machine, engine);
  const fpsOfBandwidth = (machine.bandwidthGBs * 1e9) / bytes;
  return {
    ...of,
    fps,
    latencyMs,
    bandwidthShare: Math.min(fps, rate(wish)) / fpsOfBandwidth,
    memoryMB: memoryBytes / 1e6,
    // Starting kernels is the processor's work too.
    bound: bound === 'bandwidth' ? bound : 'compute',
    fpsOfBandwidth,
  };
}
