// A world and a fault -> after how long its cameras are seen again beyond the end of the fault, and what was lost.

import { setTimeout as wait } from 'node:timers/promises';
import type { World } from './fault-world.js';
import { type Held, heldBy } from './soak-samples.js';
import { quantile } from './trend.js';

export interface Fault {
  readonly name: string;
  /** Brings it about. @returns ends it */
  readonly begin: (world: World) => Promise<(() => Promise<unknown>) | undefined>;
  /** Until its end. A fault that nobody ends but the agent has none: what counts is the time since it is there. */
  readonly holdMs?: number;
  /** Those that are to be seen again; default all. */
  readonly cameras?: readonly string[];
  /** Clocks of cameras and subscriber differ: what comes after the end counts, whenever it was captured. */
  readonly byArrival?: boolean;
  /** Frames between two rounds, so that the next is not taken for the same trouble; default just some. */
  readonly calmMs?: number;
  /** What is left of it once the cameras are seen again. */
  readonly tidy?: () => unknown;
}

export interface Round {
  /** From the end of the fault; nothing where it did not in time. */
  readonly recoveryMs: number | undefined;
  /** Of the cameras that are to be seen again, during the fault and after it. */
  readonly framesLost: number;
}

export interface Tally {
  readonly name: string;
  readonly holdMs: number | undefined;
  readonly rounds: readonly Round[];
  readonly isSameProcess: boolean;
  readonly eventsProduced: number;
  readonly eventsLost: number;
  readonly before: Held;
  readonly after: Held;
}

/** Of every camera. */
const FRAME_MS = 200;
const STEADY_FRAMES = 5;
const LONGEST_MS = 120_000;
const CALM_MS = 1500;

/** @param rounds one after another, on the same daemon */
export async function tallyOf(fault: Fault, world: World, rounds: number): Promise<Tally> {
  await steady(world);
  const pid = world.pid;
  const eventsBefore = await settledEvents(world);
  const before = await held(world);
  const done: Round[] = [];
  for (let round = 0; round < rounds && world.isAlive; round++) done.push(await playRound(fault, world));
  await steady(world);
  const eventsAfter = await settledEvents(world);
  const produced = eventsAfter.produced - eventsBefore.produced;
  const delivered = eventsAfter.delivered - eventsBefore.delivered;
  return {
    name: fault.name,
    holdMs: fault.holdMs,
    rounds: done,
    isSameProcess: world.isAlive && world.pid === pid,
    eventsProduced: produced,
    eventsLost: produced - delivered - (eventsAfter.pending - eventsBefore.pending),
    before,
    after: await held(world),
  };
}

async function playRound(fault: Fault, world: World): Promise<Round> {
  const { cameras = world.cameras, byArrival = false } = fault;
  await steady(world, fault.calmMs);
  const begunMs = Date.now();
  const end = await fault.begin(world);
  if (fault.holdMs !== undefined) await wait(fault.holdMs);
  await end?.();
  const endedMs = Date.now();
  const seen = await Promise.all(
    cameras.map(async (camera) => {
      const isFresh = (one: (typeof world.arrivals)[number]) =>
        one.camera === camera && one.atMs >= endedMs && (byArrival || one.capturedMs > endedMs);
      // A capture that was stopped has sent some that were captured in time.
      const fresh = await world.arrival(isFresh, LONGEST_MS);
      const before = world.arrivals.findLast((one) => one.camera === camera && one.atMs <= begunMs);
      if (fresh === undefined || before === undefined) return undefined;
      const between = world.arrivals.filter(
        ({ camera: of, atMs }) => of === camera && atMs > before.atMs && atMs < fresh.atMs,
      ).length;
      const spanMs = byArrival ? fresh.atMs - before.atMs : fresh.capturedMs - before.capturedMs;
      return {
        recoveryMs: fresh.atMs - endedMs,
        framesLost: Math.max(0, Math.round(spanMs / FRAME_MS) - 1 - between),
      };
    }),
  );
  await fault.tidy?.();
  const isWhole = seen.every((one) => one !== undefined);
  return {
    recoveryMs: isWhole ? Math.max(...seen.map((one) => one!.recoveryMs)) : undefined,
    framesLost: seen.reduce((sum, one) => sum + (one?.framesLost ?? 0), 0),
  };
}

/** Frames of every camera come again, each later than the one before. */
async function steady(world: World, calmMs = CALM_MS): Promise<void> {
  await wait(calmMs);
  world.forget();
  for (const camera of world.cameras)
    await world.arrival(
      (one) =>
        one.camera === camera &&
        world.arrivals.filter((other) => other.camera === camera).length >= STEADY_FRAMES,
      LONGEST_MS,
    );
}

/** Once those that wait have been sent. */
async function settledEvents(world: World): ReturnType<World['events']> {
  for (let tries = 0; ; tries++) {
    const events = await world.events();
    if (events.pending === 0 || tries > 100) return events;
    await wait(100);
  }
}

async function held(world: World): Promise<Held> {
  const found = await heldBy(world.pid);
  if (found === undefined) throw new Error(`the daemon is gone: ${world.agent.err.slice(-2000)}`);
  return found;
}

export const TABLE_HEAD = [
  '| fault | held, s | recovered | p50, s | p95, s | longest, s | frames lost, of a round | events lost | resident MB | descriptors | threads |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
].join('\n');

export function tableRow(tally: Tally): string {
  const times = tally.rounds
    .flatMap(({ recoveryMs }) => (recoveryMs === undefined ? [] : [recoveryMs / 1000]))
    .toSorted((a, b) => a - b);
  const lost = tally.rounds.map(({ framesLost }) => framesLost).toSorted((a, b) => a - b);
  const { before, after } = tally;
  const at = (q: number) => (times.length === 0 ? '-' : quantile(times, q).toFixed(1));
  const cells = [
    tally.name,
    tally.holdMs === undefined ? '' : tally.holdMs / 1000,
    `${times.length} of ${tally.rounds.length}${tally.isSameProcess ? '' : ', another process'}`,
    at(0.5),
    at(0.95),
    at(1),
    lost.length === 0 ? '-' : quantile(lost, 0.5),
    `${tally.eventsLost} of ${tally.eventsProduced}`,
    `${before.residentMB.toFixed(0)} to ${after.residentMB.toFixed(0)}`,
    `${before.descriptors} to ${after.descriptors}`,
    `${before.threads} to ${after.threads}`,
  ];
  return `| ${cells.join(' | ')} |`;
}
