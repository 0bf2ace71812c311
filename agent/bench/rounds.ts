// Tasks -> their bursts, one of each in turn, so that what disturbs the machine hits all of them.

import { type Burst, runBurst } from './burst.js';
import { expectGoingOn } from './interrupted.js';
import type { Metering } from './metering.js';
import type { Sensors } from './sensors.js';
import type { Task } from './task.js';

/** One task's share of a measurement. */
export interface Series {
  readonly bursts: readonly TimedBurst[];
  /** Of its bursts alone; nothing where no meter is there. */
  readonly joules?: number;
}

export interface TimedBurst extends Burst {
  /** Since the measurement began. */
  readonly endedMs: number;
  /** At its end. */
  readonly sensors: Sensors;
}

export interface RoundsOptions {
  readonly tasks: readonly Task[];
  readonly rounds: number;
  /** Of a burst. */
  readonly burstMs: number;
  readonly readSensors: () => Promise<Sensors>;
  readonly metering?: Metering;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  /** After each burst; there are rounds times tasks. */
  readonly onStep: () => void;
}

/** The first frames of a network allocate, and a processor has to leave its idle clock. */
const WARM_UP_MS = 1000;
const WARM_UP_SHARE = 0.5;
const WARM_UP_BURSTS = 3;

/** @returns a series for each task @throws CspcamError where it was interrupted, and what the detector throws */
export async function runRounds(options: RoundsOptions): Promise<Series[]> {
  const { tasks, rounds, burstMs, readSensors, metering, nowMs, signal, onStep } = options;
  const burst = async ({ detector, picture, inFlight }: Task, durationMs: number) => {
    const pictures = Array.from({ length: inFlight }, () => picture);
    const done = await runBurst({ detector, pictures, durationMs, nowMs, signal });
    expectGoingOn(signal);
    return done;
  };
  const warmUpMs = Math.min(WARM_UP_MS, burstMs * rounds * WARM_UP_SHARE) / WARM_UP_BURSTS;
  for (const task of tasks) for (let i = 0; i < WARM_UP_BURSTS; i++) await burst(task, warmUpMs);

  const series = tasks.map(() => ({ bursts: [] as TimedBurst[], joules: 0 }));
  const beganMs = nowMs();
  for (let round = 0; round < rounds; round++) {
    for (const [i, task] of tasks.entries()) {
      // Its weights are in no cache after the others' turn.
      if (tasks.length > 1) await burst(task, 0);
      const before = await metering?.joules();
      const done = await burst(task, burstMs);
      const after = await metering?.joules();
      const one = series[i]!;
      if (before !== undefined && after !== undefined) one.joules += after - before;
      one.bursts.push({ ...done, endedMs: nowMs() - beganMs, sensors: await readSensors() });
      onStep();
    }
  }
  return series.map(({ bursts, joules }) => ({ bursts, ...(metering && { joules }) }));
}
