// A detector that may be busy with cameras -> a benchmark of it, as `request/bench` answers.

import type { ModelFolder } from '../../models/folder/folder.js';
import type { Detector } from '../../models/runtime/detector.js';
import type { Config } from '../config/schema.js';
import type { Execution } from '../device/execution-mode.js';
import { computedPrecision } from '../device/execution-target.js';
import type { ChosenMachine } from '../device/this-machine.js';
import { readEnvironment, withLoad } from './environment.js';
import { OthersLoad } from './load.js';
import { predictFolder } from './predict.js';
import type { BenchDocument } from './result.js';
import type { Series, TimedBurst } from './rounds.js';
import { rowOf } from './row.js';
import { readSensors } from './sensors.js';
import { type Case, weightsOf } from './task.js';

export interface RunningOptions {
  readonly detector: Pick<Detector, 'model' | 'provider' | 'network' | 'detect'>;
  readonly model: ModelFolder;
  readonly machine: ChosenMachine;
  readonly execution: Pick<Execution, 'sessions' | 'threads'>;
  readonly config: { readonly inference: Pick<Config['inference'], 'precision'> };
  readonly seconds: number;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
}

const WARM_UP = 3;
const ROUNDS = 5;

/** Single stream, on black pictures. Network and decoding are timed: waiting for cameras' frames in between is not. */
export async function benchRunning(options: RunningOptions): Promise<BenchDocument> {
  const { detector, seconds, machine, nowMs } = options;
  const { width, height } = detector.model.input;
  const before = await readEnvironment(machine, await readSensors());
  const others = new OthersLoad();
  let pixels = new ArrayBuffer(3 * width * height);
  const once = async () => {
    const result = await detector.detect(pixels);
    pixels = result.pixels;
    return result;
  };
  for (let i = 0; i < WARM_UP; i++) await once();
  await others.start();
  const bursts: TimedBurst[] = [];
  const beganMs = nowMs();
  for (let round = 1; round <= ROUNDS; round++) {
    const [latenciesMs, networkMs]: [number[], number[]] = [[], []];
    do {
      const { inferenceMs, decodeMs } = await once();
      latenciesMs.push(inferenceMs + decodeMs);
      networkMs.push(inferenceMs);
    } while (nowMs() - beganMs < (1000 * seconds * round) / ROUNDS);
    const durationMs = latenciesMs.reduce((sum, ms) => sum + ms, 0);
    bursts.push({
      latenciesMs,
      networkMs,
      durationMs,
      endedMs: nowMs() - beganMs,
      sensors: await readSensors(),
    });
  }
  const series: Series = { bursts };
  const subject = await subjectOf(options);
  const row = rowOf({ subject, scenario: 'single' }, series, series);
  return { environment: withLoad(before, await others.cores(), null), results: [row] };
}

async function subjectOf({ detector, model, machine, execution, config }: RunningOptions): Promise<Case> {
  const { provider, network } = detector;
  const { description } = model;
  const { sessions, threads } = execution;
  const { precision, reason, form } = network;
  const planned = computedPrecision(machine.limits, provider, config.inference.precision, precision);
  const predicted = await predictFolder(model, planned, provider, threads, machine);
  const how = { sessions, threads, ...(predicted && { predictedMs: predicted.latencyMs }) };
  return {
    model: description.name,
    size: description.input.width,
    precision,
    wanted: config.inference.precision,
    precisionReason: reason,
    provider,
    form,
    weights: weightsOf(description),
    latency: how,
    throughput: how,
    folder: model,
  };
}
