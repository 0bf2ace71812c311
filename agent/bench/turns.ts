// Cases in scenarios of short bursts -> their rows, measured in turns. Opens and closes their detectors.

import { isEngine } from '../../models/runtime/engines/registry.js';
import { openDetector } from '../../models/runtime/open.js';
import type { InputSize } from '../../pipelines/frame.js';
import type { Metering } from './metering.js';
import type { BenchResult, Scenario } from './result.js';
import { runRounds, type Series } from './rounds.js';
import { type IdlePower, rowOf } from './row.js';
import { readSensors } from './sensors.js';
import { type Case, executionOf, minScoreOf, type Task } from './task.js';

export interface TurnsOptions {
  /** Of each case in a scenario, warming up not counted. */
  readonly seconds: (scenario: Scenario) => number;
  /** What each network sees, planar RGB, (3, H, W). */
  readonly picture: (input: InputSize) => Promise<ArrayBuffer>;
  /** A folder for what engines build: each network once, and nothing of the agent's makes way for it. */
  readonly temporary: string;
  readonly metering?: Metering;
  readonly idle?: IdlePower;
  /** What to compare with; the first case of each scenario where absent. */
  readonly first?: Series;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** After each burst. */
  readonly onStep: () => void;
  readonly root?: string;
}

const LONGEST_BURST_MS = 1000;
const FEWEST_ROUNDS = 3;

export function roundsOf(seconds: number): { readonly rounds: number; readonly burstMs: number } {
  const rounds = Math.max(FEWEST_ROUNDS, Math.ceil((1000 * seconds) / LONGEST_BURST_MS));
  return { rounds, burstMs: (1000 * seconds) / rounds };
}

/** All in turns, each as long as the first scenario takes. @returns rows by scenario, then by case */
export async function measureInTurns(
  cases: readonly Case[],
  scenarios: readonly Scenario[],
  { seconds, picture, temporary, nowMs, signal, onStep, root, metering, idle, first }: TurnsOptions,
): Promise<{ readonly rows: readonly BenchResult[]; readonly series: readonly Series[] }> {
  const tasks: Task[] = [];
  try {
    for (const subject of cases)
      for (const scenario of scenarios)
        tasks.push(await openTask(subject, scenario, { picture, temporary, signal }));
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
    for (const { detector } of tasks) await detector.close();
  }
}

/** @throws the reason of the signal */
export async function openTask(
  subject: Case,
  scenario: Scenario,
  { picture, temporary: cache, signal }: Pick<TurnsOptions, 'picture' | 'temporary' | 'signal'>,
): Promise<Task> {
  const { provider, wanted: precision, weights, folder } = subject;
  const seen = await picture(folder.description.input);
  const { sessions, threads } = executionOf(subject, scenario);
  const how = { provider, precision, sessions, threads, minScore: minScoreOf(weights) } as const;
  const detector = await openDetector(folder, { ...how, ...(isEngine(provider) && { cache }), signal });
  const { form } = detector.network;
  // Two of each session's: the next frame is there when it is done with one.
  const inFlight = scenario === 'offline' ? 2 * detector.sessions : 1;
  return { subject: { ...subject, form }, scenario, detector, picture: seen, inFlight };
}
