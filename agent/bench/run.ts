// Cases + scenarios -> the rows of a benchmark and the environment they were measured in. Opens and closes detectors.

import type { Detector } from '../../models/runtime/detector.js';
import { openDetector } from '../../models/runtime/open.js';
import type { ChosenMachine } from '../device/this-machine.js';
import { findEnergyMeter } from './energy.js';
import { readEnvironment, withLoad } from './environment.js';
import { measureLive, type OpenLiveAgent } from './live.js';
import { OthersLoad } from './load.js';
import { Metering } from './metering.js';
import { firstPicture } from './picture.js';
import type { BenchDocument, BenchResult, Scenario } from './result.js';
import { runRounds, type Series } from './rounds.js';
import { type IdlePower, rowOf } from './row.js';
import { readSensors } from './sensors.js';
import { type Case, executionOf, type Task } from './task.js';

export interface BenchOptions {
  readonly cases: readonly Case[];
  readonly scenarios: readonly Scenario[];
  /** Of each case in a scenario, warming up not counted. */
  readonly seconds: (scenario: Scenario) => number;
  readonly machine: ChosenMachine;
  /** For scenario live. */
  readonly source: string;
  readonly openAgent: OpenLiveAgent;
  readonly signal: AbortSignal;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** After each of `benchSteps(options)`. */
  readonly onStep: () => void;
  /** Where the files of the machine are; elsewhere than / for tests. */
  readonly root?: string;
}

/** What is decoded as in the agent; of random weights nothing, as nobody knows how much they would find. */
const MIN_SCORE = { trained: 0.1, random: 1 } as const;

const LONGEST_BURST_MS = 1000;
const FEWEST_ROUNDS = 3;
/** Energy of an idle machine is read for as long as a scenario, within these. */
const IDLE_MS = { least: 1000, most: 60_000 } as const;

function roundsOf(seconds: number): { readonly rounds: number; readonly burstMs: number } {
  const rounds = Math.max(FEWEST_ROUNDS, Math.ceil((1000 * seconds) / LONGEST_BURST_MS));
  return { rounds, burstMs: (1000 * seconds) / rounds };
}

export function benchSteps({
  cases,
  scenarios,
  seconds,
}: Pick<BenchOptions, 'cases' | 'scenarios' | 'seconds'>): number {
  const of = (scenario: Scenario) =>
    scenario === 'live' ? Math.ceil(seconds(scenario)) : roundsOf(seconds(scenario)).rounds;
  return cases.length * scenarios.reduce((sum, scenario) => sum + of(scenario), 0);
}

/** @throws CspcamError where it was interrupted, and for a network that does not run here */
export async function runBench(options: BenchOptions): Promise<BenchDocument> {
  const { cases, scenarios, seconds, machine, nowMs, root } = options;
  const before = await readEnvironment(machine, await readSensors(root), root);
  const meter = await findEnergyMeter(root);
  const metering = meter && new Metering(meter, nowMs);
  const others = new OthersLoad(root);
  try {
    metering?.start();
    const idle = metering && (await idlePower(metering, Math.max(...scenarios.map(seconds)), options.signal));
    await others.start();
    const results: BenchResult[] = [];
    // Those of short bursts take turns; a live or long run has the machine for itself.
    const inTurns = scenarios.filter((scenario) => scenario === 'single' || scenario === 'offline');
    const power = { ...(metering && { metering }), ...(idle && { idle }) };
    if (inTurns.length > 0) results.push(...(await measure(cases, inTurns, { ...options, ...power })).rows);
    if (scenarios.includes('sustained')) {
      let first: Series | undefined;
      for (const one of cases) {
        const long = { ...options, ...power, ...(first && { first }) };
        const { rows, series } = await measure([one], ['sustained'], long);
        first ??= series[0]!;
        results.push(...rows);
      }
    }
    if (scenarios.includes('live'))
      for (const one of cases) {
        const { source, openAgent, signal, onStep } = options;
        const how = { source, openAgent, signal, nowMs, onStep, seconds: seconds('live'), ...power };
        results.push(await measureLive(one, { ...how, ...(root !== undefined && { root }) }));
      }
    const told = results.flatMap(({ sustained }) => sustained?.throttled ?? []);
    const throttled = told.includes(true) ? true : told.length > 0 ? false : null;
    return { environment: withLoad(before, await others.cores(), throttled), results };
  } finally {
    metering?.close();
  }
}

async function idlePower(metering: Metering, seconds: number, signal: AbortSignal): Promise<IdlePower> {
  const ms = Math.min(IDLE_MS.most, Math.max(IDLE_MS.least, 1000 * seconds));
  return { source: metering.source, watts: await metering.watts(ms, signal) };
}

interface MeasureOptions extends BenchOptions {
  readonly metering?: Metering;
  readonly idle?: IdlePower;
  /** What to compare with; the first case of each scenario where absent. */
  readonly first?: Series;
}

/** All in turns, each as long as the first scenario takes. @returns rows by scenario, then by case */
async function measure(
  cases: readonly Case[],
  scenarios: readonly Scenario[],
  { seconds, nowMs, signal, onStep, root, metering, idle, first }: MeasureOptions,
): Promise<{ readonly rows: readonly BenchResult[]; readonly series: readonly Series[] }> {
  const opened: Detector[] = [];
  try {
    const tasks: Task[] = [];
    for (const subject of cases) {
      const { provider, weights, folder } = subject;
      const picture = await firstPicture(folder.description.input);
      for (const scenario of scenarios) {
        const { sessions, threads } = executionOf(subject, scenario);
        const how = { provider, sessions, threads, minScore: MIN_SCORE[weights] };
        const detector = await openDetector(folder, how);
        opened.push(detector);
        // Two of each session's: the next frame is there when it is done with one.
        const inFlight = scenario === 'offline' ? 2 * detector.sessions : 1;
        tasks.push({ subject, scenario, detector, picture, inFlight });
      }
    }
    const series = await runRounds({
      ...roundsOf(seconds(scenarios[0]!)),
      tasks,
      readSensors: () => readSensors(root),
      ...(metering && { metering }),
      nowMs,
      signal,
      onStep,
    });
    const rows = scenarios.flatMap((scenario) => {
      const reference = first ?? series[tasks.findIndex((task) => task.scenario === scenario)]!;
      return tasks.flatMap((task, i) =>
        task.scenario === scenario ? [rowOf(task, series[i]!, reference, idle)] : [],
      );
    });
    return { rows, series };
  } finally {
    for (const detector of opened) await detector.close();
  }
}
