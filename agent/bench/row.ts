// Bursts of a task -> its row of the result. Pure.

import { histogramOf, median, noiseOf, percentile, rounded } from './figures.js';
import type { BenchResult, Energy, Moment, Scenario } from './result.js';
import type { Series, TimedBurst } from './rounds.js';
import { type Case, type Execution, executionOf, type Task } from './task.js';
import { throttlingOf } from './throttling.js';

export interface IdlePower {
  readonly source: string;
  readonly watts: number;
}

/** @param first of the same scenario, with the same rounds @param idle where a meter is there */
export function rowOf(
  { subject, scenario }: Pick<Task, 'subject' | 'scenario'>,
  series: Series,
  first: Series,
  idle?: IdlePower,
): BenchResult {
  const { bursts } = series;
  const frames = bursts.reduce((sum, { latenciesMs }) => sum + latenciesMs.length, 0);
  const seconds = bursts.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000;
  const sorted = bursts.flatMap(({ latenciesMs }) => latenciesMs).toSorted((a, b) => a - b);
  // Where several frames wait for each other, a burst's rate says more than their latencies.
  const figure = scenario === 'offline' ? msPerFrame : medianLatency;
  const noise = noiseOf(bursts.map(figure));
  const ratio = median(bursts.map((burst, round) => figure(first.bursts[round]!) / figure(burst)));
  return {
    ...describe(subject, scenario),
    fps: rounded(frames / seconds, 2),
    latencyMs: latencyOf(sorted),
    ...timesOf(
      executionOf(subject, scenario),
      bursts.flatMap(({ networkMs }) => networkMs),
    ),
    inferences: frames,
    noise: noise === undefined ? null : rounded(noise, 4),
    ratio: rounded(ratio),
    timeline: bursts.map(momentOf),
    histogram: histogramOf(sorted).map(({ fromMs, toMs, count }) => ({
      fromMs: rounded(fromMs),
      toMs: rounded(toMs),
      count,
    })),
    energy: energyOf(series.joules, seconds, frames, idle),
    ...(scenario === 'sustained' && { sustained: throttlingOf(bursts) }),
    ...(subject.paper && { paper: subject.paper }),
  };
}

export function describe(subject: Case, scenario: Scenario) {
  const { model, size, precision, precisionReason, provider, form, weights, folder } = subject;
  const { sessions, threads } = executionOf(subject, scenario);
  const network = folder.description.files['model.onnx']?.sha256 ?? '';
  return {
    ...{ model, size, precision, provider, sessions, threads, scenario, weights, network },
    ...(precisionReason !== undefined && { precisionReason }),
    ...(form !== undefined && { form }),
  };
}

export function timesOf({ predictedMs }: Execution, networkMs: readonly number[]) {
  return {
    predictedMs: predictedMs === undefined ? null : rounded(predictedMs),
    networkMs: rounded(median(networkMs)),
  };
}

/** @param sorted not empty */
export function latencyOf(sorted: readonly number[]): BenchResult['latencyMs'] {
  const at = (share: number) => rounded(percentile(sorted, share));
  return { min: rounded(sorted[0]!), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

function msPerFrame({ durationMs, latenciesMs }: Pick<TimedBurst, 'durationMs' | 'latenciesMs'>): number {
  return durationMs / latenciesMs.length;
}

function medianLatency({ latenciesMs }: TimedBurst): number {
  return median(latenciesMs);
}

function momentOf(burst: TimedBurst): Moment {
  const { clockMHz, temperatureC } = burst.sensors;
  return {
    seconds: rounded(burst.endedMs / 1000, 2),
    fps: rounded(1000 / msPerFrame(burst), 2),
    clockMHz: clockMHz === null ? null : rounded(clockMHz, 0),
    temperatureC: temperatureC === null ? null : rounded(temperatureC, 1),
  };
}

/** @param joules nothing where no meter is there */
export function energyOf(
  joules: number | undefined,
  seconds: number,
  frames: number,
  idle: IdlePower | undefined,
): Energy | null {
  if (joules === undefined || joules <= 0 || idle === undefined) return null;
  const net = joules - idle.watts * seconds;
  return {
    source: idle.source,
    watts: rounded(joules / seconds),
    idleWatts: rounded(idle.watts),
    joulesPerFrame: rounded(joules / frames, 5),
    netJoulesPerFrame: rounded(Math.max(0, net) / frames, 5),
    fpsPerWatt: rounded(frames / joules),
    netFpsPerWatt: net > 0 ? rounded(frames / net) : null,
  };
}
