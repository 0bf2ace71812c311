// Bursts of a long run -> whether the machine was held back by heat or power, and what says so. Pure.

import { median } from './figures.js';
import type { BenchResult } from './result.js';
import type { TimedBurst } from './rounds.js';
import type { Sensors } from './sensors.js';

/** A clock that falls by less is one of its steps, or a neighbour's turbo. */
const CLOCK_SHARE = 0.95;
const FPS_SHARE = 0.95;

/** @param bursts not empty */
export function throttlingOf(bursts: readonly TimedBurst[]): NonNullable<BenchResult['sustained']> {
  const quarter = Math.max(1, Math.floor(bursts.length / 4));
  const [start, end] = [bursts.slice(0, quarter), bursts.slice(-quarter)];
  const kept = median(end.map(fpsOf)) / median(start.map(fpsOf));
  const because = [...signs(bursts), ...fallenClock(start, end)];
  if (kept < FPS_SHARE && because.length > 0)
    because.push(`frame rate at ${Math.round(100 * kept)}% of the first quarter's`);
  const tells = bursts.some(({ sensors }) => sensors.tells);
  return {
    kept: Number(kept.toFixed(3)),
    throttled: because.length > 0 ? true : tells ? false : null,
    because,
  };
}

/**
 * Of a whole run, from its first and last moment; clocks say nothing, as they follow what is asked of them.
 *
 * @param told of long runs in between
 * @returns null where nothing tells
 */
export function heldBackBetween(first: Sensors, last: Sensors, told: readonly boolean[]): boolean | null {
  const rise = (last.throttleEvents ?? 0) - (first.throttleEvents ?? 0);
  if (told.includes(true) || rise > 0 || first.heldBack.length + last.heldBack.length > 0) return true;
  return told.length > 0 || last.throttleEvents !== null ? false : null;
}

/** Counters that rose, and flags. */
function signs(bursts: readonly TimedBurst[]): string[] {
  const counts = bursts.flatMap(({ sensors }) => sensors.throttleEvents ?? []);
  const rise = (counts.at(-1) ?? 0) - (counts[0] ?? 0);
  const flags = new Set(bursts.flatMap(({ sensors }) => sensors.heldBack));
  return [...(rise > 0 ? [`the kernel counted ${rise} throttlings`] : []), ...flags];
}

function fallenClock(start: readonly TimedBurst[], end: readonly TimedBurst[]): string[] {
  const clock = (bursts: readonly TimedBurst[]) => {
    const known = bursts.flatMap(({ sensors }) => sensors.clockMHz ?? []);
    return known.length > 0 ? median(known) : undefined;
  };
  const [from, to] = [clock(start), clock(end)];
  if (from === undefined || to === undefined || to >= CLOCK_SHARE * from) return [];
  return [`cores at ${Math.round(to)} after ${Math.round(from)} MHz`];
}

function fpsOf({ latenciesMs, durationMs }: TimedBurst): number {
  return (1000 * latenciesMs.length) / durationMs;
}
