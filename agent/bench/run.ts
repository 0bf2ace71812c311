// Cases + what is to be measured of them -> a benchmark and the environment it was measured in. Opens and closes detectors.

import type { InputSize } from '../../pipelines/frame.js';
import type { ChosenMachine } from '../device/this-machine.js';
import { measureStarts, startSteps } from './cold-start.js';
import { findEnergyMeter } from './energy.js';
import { readEnvironment, withLoad } from './environment.js';
import { measureLayers } from './layers.js';
import { measureLive, type OpenLiveAgent } from './live.js';
import { OthersLoad } from './load.js';
import { Metering } from './metering.js';
import { type CameraLoad, measureMultistream } from './multistream.js';
import type { Predicted } from './predict.js';
import type { BenchDocument, BenchLayers, BenchResult, BenchStart, Scenario } from './result.js';
import type { Series } from './rounds.js';
import type { IdlePower } from './row.js';
import { readSensors } from './sensors.js';
import type { Case } from './task.js';
import { heldBackBetween } from './throttling.js';
import { measureInTurns, openTask, roundsOf, type TurnsOptions } from './turns.js';

export interface BenchOptions {
  readonly cases: readonly Case[];
  readonly scenarios: readonly Scenario[];
  /** Of each case in a scenario, warming up not counted; of multistream that of a trial. */
  readonly seconds: (scenario: Scenario) => number;
  readonly machine: ChosenMachine;
  /** For scenario live. */
  readonly source: string;
  readonly openAgent: OpenLiveAgent;
  /** For scenario multistream. */
  readonly load: CameraLoad;
  /** What each network sees, planar RGB, (3, H, W). */
  readonly picture: (input: InputSize) => Promise<ArrayBuffer>;
  /** Starts of processes, without and with a kept network each; none where absent. */
  readonly processes?: number;
  /** Frames under the profiler; no layers where absent. */
  readonly layerFrames?: number;
  readonly predictedOf: (subject: Case) => Predicted | undefined;
  /** A folder for files of a moment. */
  readonly temporary: string;
  /** Cases that are left out of some of it; default none. */
  readonly isWanted?: (subject: Case, of: Scenario | 'coldstart' | 'layers') => boolean;
  readonly signal: AbortSignal;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** After each of `benchSteps(options)`. */
  readonly onStep: () => void;
  /** Where the files of the machine are; elsewhere than / for tests. */
  readonly root?: string;
}

/** Energy of an idle machine is read for as long as a scenario, within these. */
const IDLE_MS = { least: 1000, most: 60_000 } as const;
/** Of multistream, for the bar: nobody knows before how many trials there are. */
const TRIAL_STEPS = 8;

export function benchSteps(
  options: Pick<BenchOptions, 'cases' | 'scenarios' | 'seconds' | 'processes' | 'layerFrames' | 'isWanted'>,
): number {
  const { scenarios, seconds, processes, layerFrames } = options;
  const of = (scenario: Scenario) => {
    if (scenario === 'live') return Math.ceil(seconds(scenario));
    return scenario === 'multistream' ? TRIAL_STEPS : roundsOf(seconds(scenario)).rounds;
  };
  const number = (what: Parameters<typeof wanted>[1]) => wanted(options, what).length;
  return (
    scenarios.reduce((sum, scenario) => sum + number(scenario) * of(scenario), 0) +
    (processes === undefined ? 0 : number('coldstart') * startSteps({ processes })) +
    (layerFrames === undefined ? 0 : number('layers'))
  );
}

function wanted(
  { cases, isWanted = () => true }: Pick<BenchOptions, 'cases' | 'isWanted'>,
  what: Scenario | 'coldstart' | 'layers',
): Case[] {
  return cases.filter((subject) => isWanted(subject, what));
}

/** @throws CspcamError where it was interrupted, and for a network that does not run here */
export async function runBench(options: BenchOptions): Promise<BenchDocument> {
  const { scenarios, seconds, machine, nowMs, root, signal } = options;
  const first = await readSensors(root);
  const before = await readEnvironment(machine, first, root);
  const meter = await findEnergyMeter(root);
  const metering = meter && new Metering(meter, nowMs);
  const others = new OthersLoad(root);
  try {
    metering?.start();
    const longest = Math.max(0, ...scenarios.map(seconds));
    const idle = metering && (await idlePower(metering, longest, signal));
    await others.start();
    const power = { ...(metering && { metering }), ...(idle && { idle }) };
    const results = await measureScenarios({ ...options, ...power });
    const starts = await measureAllStarts(options);
    const layers = await measureAllLayers(options);
    const told = results.flatMap(({ sustained }) => sustained?.throttled ?? []);
    const throttled = heldBackBetween(first, await readSensors(root), told);
    return {
      environment: withLoad(before, await others.cores(), throttled),
      results,
      ...(starts && { starts }),
      ...(layers && { layers }),
    };
  } finally {
    metering?.close();
  }
}

async function idlePower(metering: Metering, seconds: number, signal: AbortSignal): Promise<IdlePower> {
  const ms = Math.min(IDLE_MS.most, Math.max(IDLE_MS.least, 1000 * seconds));
  return { source: metering.source, watts: await metering.watts(ms, signal) };
}

/** Those of short bursts take turns; a live or long run, and cameras, have the machine for themselves. */
async function measureScenarios(options: TurnsOptions & BenchOptions): Promise<BenchResult[]> {
  const { cases, scenarios, seconds, metering, idle, root, signal, nowMs, onStep } = options;
  const results: BenchResult[] = [];
  const inTurns = scenarios.filter((scenario) => scenario === 'single' || scenario === 'offline');
  if (inTurns.length > 0) results.push(...(await measureInTurns(cases, inTurns, options)).rows);
  if (scenarios.includes('sustained')) {
    let first: Series | undefined;
    for (const one of cases) {
      const { rows, series } = await measureInTurns([one], ['sustained'], {
        ...options,
        ...(first && { first }),
      });
      first ??= series[0]!;
      results.push(...rows);
    }
  }
  if (scenarios.includes('multistream'))
    for (const one of wanted(options, 'multistream')) results.push(await multistream(one, options));
  if (scenarios.includes('live'))
    for (const one of cases) {
      const { source, openAgent } = options;
      const power = { ...(metering && { metering }), ...(idle && { idle }) };
      const how = { source, openAgent, signal, nowMs, onStep, seconds: seconds('live'), ...power };
      results.push(await measureLive(one, { ...how, ...(root !== undefined && { root }) }));
    }
  return results;
}

async function multistream(subject: Case, options: BenchOptions): Promise<BenchResult> {
  const { load, seconds, nowMs, signal, onStep } = options;
  const { detector, ...task } = await openTask(subject, 'multistream', options);
  let steps = 0;
  try {
    return await measureMultistream(
      { ...task, detector },
      {
        ...{ load, nowMs, signal },
        seconds: seconds('multistream'),
        onStep: () => {
          if (++steps < TRIAL_STEPS) onStep();
        },
      },
    );
  } finally {
    for (; steps < TRIAL_STEPS; steps++) onStep();
    await detector.close();
  }
}

async function measureAllStarts(options: BenchOptions): Promise<BenchStart[] | undefined> {
  const { processes, temporary, signal, onStep } = options;
  if (processes === undefined) return undefined;
  const starts: BenchStart[] = [];
  for (const one of wanted(options, 'coldstart'))
    starts.push(...(await measureStarts(one, { processes, temporary, signal, onStep })));
  return starts;
}

async function measureAllLayers(options: BenchOptions): Promise<BenchLayers[] | undefined> {
  const { layerFrames: frames, temporary, signal, picture, predictedOf, onStep } = options;
  if (frames === undefined) return undefined;
  const layers: BenchLayers[] = [];
  for (const one of wanted(options, 'layers')) {
    const seen = await picture(one.folder.description.input);
    const predicted = predictedOf(one);
    layers.push(await measureLayers(one, { frames, picture: seen, predicted, temporary, signal }));
    onStep();
  }
  return layers;
}
