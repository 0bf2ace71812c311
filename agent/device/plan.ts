// Limits of a machine + requirements -> what every detector of the catalogue would do on it, and which to take. Pure.

import { predictWorks } from '../../models/cost/roofline.js';
import { type LayerWork, type Precision, workOf } from '../../models/cost/work.js';
import { CATALOGUE } from '../../models/networks/catalogue.js';
import { buildNetwork } from '../../models/networks/network-spec.js';
import type { ExecutionTarget } from './execution-target.js';
import { whyChosen, whyNone } from './plan-reasons.js';
import { best, DEFAULT_REQUIREMENTS, keepsUp, type PlanRow, type Requirements, rate } from './plan-row.js';

export interface Plan {
  readonly rows: readonly PlanRow[];
  readonly chosen?: PlanRow;
  /** Why this one, or what stands in the way and what would fit; sentences. */
  readonly reasons: readonly string[];
}

export interface PlanOptions {
  readonly target: ExecutionTarget;
  readonly precision: Precision;
  /** Memory of the whole machine. */
  readonly memoryGB: number;
  readonly requirements?: Requirements;
  /** Names of networks to choose among, such as those with weights at hand; default all. */
  readonly among?: readonly string[];
}

/** Memory for the operating system, agent and broker, and for the capture process of each camera; assumed. */
const RESERVED_MB = 600;
const CAMERA_MB = 100;

/** What is taken of the machine's memory beside the network. */
export function memoryBesideMB(cameras: number): number {
  return RESERVED_MB + CAMERA_MB * cameras;
}

/** @throws CspcamError where the machine lacks the precision */
export function plan({
  target,
  precision,
  memoryGB,
  requirements = DEFAULT_REQUIREMENTS,
  among,
}: PlanOptions): Plan {
  const rows = rowsOf(target, precision, requirements);
  const candidates = rows.filter(({ model }) => among?.includes(model) ?? true);
  return { rows, ...choose(candidates, memoryGB, requirements) };
}

/** The one with the best AP50 among those that keep up with the requirements; of equals, the fastest. */
export function choose(
  rows: readonly PlanRow[],
  memoryGB: number,
  requirements: Requirements,
): Omit<Plan, 'rows'> {
  const candidates = rows.filter(({ ap50 }) => ap50 !== null);
  const budgetMB = 1000 * memoryGB - memoryBesideMB(requirements.cameras);
  const good = candidates.filter(({ ap50 }) => ap50! >= (requirements.minAp50 ?? 0));
  const fitting = good.filter((row) => keepsUp(row, requirements) && row.memoryMB <= budgetMB);
  const chosen = best(fitting);
  if (chosen !== undefined)
    return { chosen, reasons: whyChosen(chosen, fitting, good, requirements, budgetMB) };
  return { reasons: whyNone(candidates, good, requirements, budgetMB) };
}

function rowsOf(target: ExecutionTarget, precision: Precision, requirements: Requirements): PlanRow[] {
  const detectors = CATALOGUE.filter(({ task }) => task === 'detection');
  return detectors.flatMap((system) =>
    system.published.map(({ size, ap50 }) => {
      const graph = buildNetwork(system, { size });
      const of = {
        model: system.name,
        size,
        precision,
        ap50: ap50 ?? null,
        ap50Source: 'published',
      } as const;
      return rowOf(of, workOf(graph, precision), target, requirements);
    }),
  );
}

/** What a network would do. @throws CspcamError where the machine lacks the precision */
export function rowOf(
  of: Pick<PlanRow, 'model' | 'size' | 'precision' | 'ap50' | 'ap50Source'>,
  works: readonly LayerWork[],
  { machine, engine }: ExecutionTarget,
  requirements: Requirements,
): PlanRow {
  const { fps, latencyMs, bytes, memoryBytes, bound } = predictWorks(works, of.precision, machine, engine);
  const fpsOfBandwidth = (machine.bandwidthGBs * 1e9) / bytes;
  return {
    ...of,
    fps,
    latencyMs,
    bandwidthShare: Math.min(fps, rate(requirements)) / fpsOfBandwidth,
    memoryMB: memoryBytes / 1e6,
    // Starting kernels is the processor's work too.
    bound: bound === 'bandwidth' ? bound : 'compute',
    fpsOfBandwidth,
  };
}
