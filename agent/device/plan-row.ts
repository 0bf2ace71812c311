// What is wished for, and what a network would do: the words of a plan. Pure.

import type { Precision } from '../../models/cost/work.js';

export interface Requirements {
  /** Frames per second of each camera. */
  readonly fps: number;
  readonly cameras: number;
  /** Percent. */
  readonly minAp50?: number;
}

export const DEFAULT_REQUIREMENTS: Requirements = { fps: 15, cameras: 1 };

/** A network at a size that somebody published figures for. */
export interface PlanRow {
  readonly model: string;
  readonly size: number;
  readonly precision: Precision;
  /** Frames that it can look at per second, of all cameras. */
  readonly fps: number;
  readonly latencyMs: number;
  /** The part of the usable bandwidth that it takes, 0 to 1, at the wanted rate or at what it reaches of it. */
  readonly bandwidthShare: number;
  /** Weights and feature maps. */
  readonly memoryMB: number;
  /** Percent; nothing where nobody told. */
  readonly ap50: number | null;
  /** Of the network in fp32, by its authors, or of weights that are at hand; both never meet in one choice. */
  readonly ap50Source: 'published' | 'measured';
  readonly bound: 'bandwidth' | 'compute';
  /** What memory would allow if computing took no time. */
  readonly fpsOfBandwidth: number;
}

/** Frames per second of all cameras. */
export function rate({ fps, cameras }: Requirements): number {
  return fps * cameras;
}

export function keepsUp(row: PlanRow, requirements: Requirements): boolean {
  return row.fps >= rate(requirements);
}

/** The one of the highest AP50; of equals, the fastest. @param rows all with AP50 */
export function best(rows: readonly PlanRow[]): PlanRow | undefined {
  return rows.toSorted((a, b) => b.ap50! - a.ap50! || b.fps - a.fps)[0];
}
