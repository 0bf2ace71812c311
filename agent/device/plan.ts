// Limits of a machine + wish -> what every detector of the catalogue would do on it, and which to take. Pure.

import { predict } from '../../models/cost/roofline.js';
import type { Precision } from '../../models/cost/work.js';
import { catalogue } from '../../models/networks/catalogue.js';
import { buildNetwork } from '../../models/networks/system.js';
import type { Executor } from './limits.js';

export interface Wish {
  /** Frames per second of each camera. */
  readonly fps: number;
  readonly cameras: number;
  /** Percent. */
  readonly minAp50?: number;
}

export const DEFAULT_WISH: Wish = { fps: 15, cameras: 1 };

/** A network at a size that somebody published figures for. */
export interface PlanRow {
  readonly model: string;
  readonly size: number;
  readonly precision: Precision;
  /** Frames that it can look at per second, of all cameras. */
  readonly fps: number;
  readonly latencyMs: number;
  /** Of usable bandwidth, 0 to 1, at the wanted rate or at what it reaches of it. */
  readonly bandwidthShare: number;
  /** Weights and feature maps. */
  readonly memoryMB: number;
  /** Percent, published for fp32; nothing where nobody did. */
  readonly ap50: number | null;
  readonly bound: 'bandwidth' | 'compute';
  /** What memory would allow if computing took no time. */
  readonly fpsOfBandwidth: number;
}

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

/**
 * The network with the best published AP50 among those that keep up with the wish; of equals, the fastest.
 *
 * @throws CspcamError where the machine lacks the precision
 */
export function plan({ executor, precision, memoryGB, wish = DEFAULT_WISH, among }: PlanOptions): Plan {
  const rows = rowsOf(executor, precision, wish);
  const candidates = rows.filter(({ model, ap50 }) => ap50 !== null && (among?.includes(model) ?? true));
  const budgetMB = 1000 * memoryGB - RESERVED_MB - CAMERA_MB * wish.cameras;
  const good = candidates.filter(({ ap50 }) => ap50! >= (wish.minAp50 ?? 0));
  const fitting = good.filter((row) => keepsUp(row, wish) && row.memoryMB <= budgetMB);
  const chosen = best(fitting);
  if (chosen !== undefined)
    return { rows, chosen, reasons: whyChosen(chosen, fitting, good, wish, budgetMB) };
  return { rows, reasons: whyNone(candidates, good, wish, budgetMB) };
}

function rowsOf({ machine, engine }: Executor, precision: Precision, wish: Wish): PlanRow[] {
  const detectors = catalogue.filter(({ task }) => task === 'detection');
  return detectors.flatMap((system) =>
    system.published.map(({ size, ap50 }) => {
      const graph = buildNetwork(system, { size });
      const { fps, latencyMs, bytes, memoryBytes, bound } = predict(graph, precision, machine, engine);
      const fpsOfBandwidth = (machine.bandwidthGBs * 1e9) / bytes;
      return {
        model: system.name,
        size,
        precision,
        fps,
        latencyMs,
        bandwidthShare: Math.min(fps, rate(wish)) / fpsOfBandwidth,
        memoryMB: memoryBytes / 1e6,
        ap50: ap50 ?? null,
        // Starting kernels is the processor's work too.
        bound: bound === 'bandwidth' ? bound : 'compute',
        fpsOfBandwidth,
      } as const;
    }),
  );
}

/** Frames per second of all cameras. */
function rate({ fps, cameras }: Wish): number {
  return fps * cameras;
}

function keepsUp(row: PlanRow, wish: Wish): boolean {
  return row.fps >= rate(wish);
}

function best(rows: readonly PlanRow[]): PlanRow | undefined {
  return rows.toSorted((a, b) => b.ap50! - a.ap50! || b.fps - a.fps)[0];
}

function whyChosen(
  chosen: PlanRow,
  fitting: readonly PlanRow[],
  good: readonly PlanRow[],
  wish: Wish,
  budgetMB: number,
): string[] {
  const reasons = [
    `${title(chosen)}: the best published AP50, ${chosen.ap50!.toFixed(1)}, of the ${fitting.length} that keep up with ${wishText(wish)}.`,
  ];
  const better = good.filter(({ ap50 }) => ap50! > chosen.ap50!).toSorted((a, b) => a.ap50! - b.ap50!)[0];
  if (better !== undefined) reasons.push(`The next better, ${shortfall(better, wish, budgetMB)}.`);
  return reasons;
}

function whyNone(
  candidates: readonly PlanRow[],
  good: readonly PlanRow[],
  wish: Wish,
  budgetMB: number,
): string[] {
  const reasons: string[] = [];
  const fastest = good.toSorted((a, b) => b.fps - a.fps)[0];
  if (fastest === undefined) {
    const top = best(candidates);
    return [
      top === undefined
        ? 'No network to choose among has a published AP50.'
        : `No network has a published AP50 of ${wish.minAp50}; the best is ${title(top)} with ${top.ap50!.toFixed(1)}.`,
    ];
  }
  reasons.push(
    `No network keeps up with ${wishText(wish)}; the nearest, ${shortfall(fastest, wish, budgetMB)}.`,
  );
  const inMemory = good.filter(({ memoryMB }) => memoryMB <= budgetMB).toSorted((a, b) => b.fps - a.fps)[0];
  if (inMemory !== undefined)
    reasons.push(
      `What would fit: ${title(inMemory)}, AP50 ${inMemory.ap50!.toFixed(1)}, at ${floor(inMemory.fps / wish.cameras)} frames/s of ${cameras(wish)}.`,
    );
  const lighter = best(candidates.filter((row) => keepsUp(row, wish) && row.memoryMB <= budgetMB));
  reasons.push(
    lighter === undefined
      ? `At ${rateText(wish)} nothing fits, whatever its AP50.`
      : `At ${rateText(wish)} the best is ${title(lighter)} with AP50 ${lighter.ap50!.toFixed(1)}.`,
  );
  return reasons;
}

/** Which limit binds. */
function shortfall(row: PlanRow, wish: Wish, budgetMB: number): string {
  const name = `${title(row)} (AP50 ${row.ap50!.toFixed(1)}),`;
  if (row.memoryMB > budgetMB)
    return `${name} needs ${Math.ceil(row.memoryMB)} MB of ${Math.max(0, Math.floor(budgetMB))} MB that system and cameras leave: memory binds`;
  const reached = `${name} reaches ${row.fps.toFixed(1)} of ${rate(wish)} frames/s`;
  if (row.bound === 'bandwidth')
    return `${reached}: bandwidth binds, memory alone takes it to ${row.fpsOfBandwidth.toFixed(1)}`;
  return `${reached}: compute binds, bandwidth would allow ${Math.floor(row.fpsOfBandwidth)}`;
}

function title({ model, size, precision }: PlanRow): string {
  return `${model} at ${size} in ${precision}`;
}

function wishText(wish: Wish): string {
  return `${rateText(wish)}${wish.minAp50 === undefined ? '' : ` at AP50 ${wish.minAp50} or more`}`;
}

function rateText(wish: Wish): string {
  return wish.cameras === 1
    ? `${wish.fps} frames/s`
    : `${wish.fps} frames/s of each of ${wish.cameras} cameras`;
}

function cameras(wish: Wish): string {
  return wish.cameras === 1 ? 'the camera' : `each of ${wish.cameras} cameras`;
}

function floor(fps: number): string {
  return (Math.floor(10 * fps) / 10).toFixed(1);
}
