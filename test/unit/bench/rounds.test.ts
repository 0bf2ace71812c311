// Detectors of known speed on a clock that is ours -> turns, warming up, energy, interruption, and rows.

import { expect, test } from 'vitest';
import { Metering } from '../../../agent/bench/metering.js';
import { runRounds } from '../../../agent/bench/rounds.js';
import { rowOf } from '../../../agent/bench/row.js';
import type { Case, Task } from '../../../agent/bench/task.js';
import { readModelFolder } from '../../../models/folder/folder.js';
import type { Detector } from '../../../models/runtime/detector.js';
import { brightModel } from '../../support/bright-model.js';

const folder = await readModelFolder(await brightModel());

const sensors = {
  clockMHz: null,
  temperatureC: null,
  throttleEvents: null,
  heldBack: [],
  tells: false,
};

/** A machine on which time passes only while a detector works. */
class Machine {
  nowMs = 0;
  readonly calls: string[] = [];

  /** @param ms of each frame, the first slower by ten times */
  detector(name: string, ms: number, sessions = 1): Detector {
    let count = 0;
    let last = Promise.resolve();
    return {
      model: folder.description,
      provider: 'cpu',
      network: { precision: 'fp32', reason: 'a test' },
      sessions,
      detect: async (pixels) => {
        // One after the other, as a worker does.
        last = last.then(() => {
          this.calls.push(name);
          this.nowMs += count++ === 0 ? 10 * ms : ms;
        });
        await last;
        return { inputBoxes: [], pixels, inferenceMs: 0.9 * ms, decodeMs: 0.1 * ms };
      },
      close: async () => {},
    };
  }
}

const subject: Case = {
  model: 'a-network',
  size: 32,
  precision: 'fp32',
  wanted: 'fp32',
  provider: 'cpu',
  weights: 'trained',
  latency: { sessions: 1, threads: 2, predictedMs: 9 },
  throughput: { sessions: 2, threads: 1 },
  folder,
};

function task(detector: Detector, scenario: Task['scenario'] = 'single', inFlight = 1): Task {
  return { subject, scenario, detector, picture: new ArrayBuffer(12), inFlight };
}

const options = (machine: Machine, tasks: readonly Task[]) => ({
  tasks,
  rounds: 4,
  burstMs: 100,
  readSensors: async () => sensors,
  nowMs: () => machine.nowMs,
  signal: new AbortController().signal,
  onStep: () => {},
});

test('tasks take turns, warm up before, and begin each turn with a frame that does not count', async () => {
  const machine = new Machine();
  let steps = 0;
  const tasks = [task(machine.detector('a', 10)), task(machine.detector('b', 20))];
  const series = await runRounds({ ...options(machine, tasks), onStep: () => steps++ });
  expect(steps).toBe(8);
  const turns = machine.calls.join('').match(/a+|b+/g)!;
  expect(turns.length).toBe(10);
  expect(turns.slice(2)).toEqual(Array.from({ length: 4 }, () => ['a'.repeat(11), 'b'.repeat(6)]).flat());
  for (const [i, ms] of [10, 20].entries()) {
    expect(series[i]!.bursts.length).toBe(4);
    for (const burst of series[i]!.bursts) expect(new Set(burst.latenciesMs)).toEqual(new Set([ms]));
  }
});

test('a row says what was measured', async () => {
  const machine = new Machine();
  const tasks = [task(machine.detector('a', 10)), task(machine.detector('b', 20))];
  const [first, second] = await runRounds(options(machine, tasks));
  const row = rowOf(tasks[1]!, second!, first!);
  expect(row).toMatchObject({
    model: 'a-network',
    scenario: 'single',
    threads: 2,
    fps: 50,
    latencyMs: { min: 20, p50: 20, p90: 20, p95: 20, p99: 20 },
    networkMs: 18,
    predictedMs: 9,
    inferences: 20,
    noise: 0,
    ratio: 0.5,
    energy: null,
  });
  expect(rowOf(tasks[0]!, first!, first!).ratio).toBe(1);
  expect(row.timeline.map(({ fps }) => fps)).toEqual([50, 50, 50, 50]);
});

test('offline: the next frame waits at the detector, and the ratio is of frame rates', async () => {
  const machine = new Machine();
  const tasks = [
    task(machine.detector('a', 10), 'offline', 2),
    task(machine.detector('b', 20), 'offline', 2),
  ];
  const [first, second] = await runRounds(options(machine, tasks));
  const row = rowOf(tasks[1]!, second!, first!);
  expect(row).toMatchObject({ scenario: 'offline', threads: 1, sessions: 2, predictedMs: null, fps: 50 });
  expect(row.latencyMs.p50).toBe(40);
  expect(row.ratio).toBeCloseTo(0.5, 1);
});

test('energy is that of the bursts alone, gross and net of an idle machine', async () => {
  const machine = new Machine();
  // 12 W while anything runs; idle it takes 2.
  const metering = new Metering(
    { source: 'a meter', read: async (nowMs) => (12 * nowMs) / 1000 },
    () => machine.nowMs,
  );
  const tasks = [task(machine.detector('a', 10)), task(machine.detector('b', 20))];
  const series = await runRounds({ ...options(machine, tasks), metering });
  expect(series[0]!.joules).toBeCloseTo(12 * 0.4, 9);
  expect(rowOf(tasks[0]!, series[0]!, series[0]!, { source: 'a meter', watts: 2 }).energy).toEqual({
    source: 'a meter',
    watts: 12,
    idleWatts: 2,
    joulesPerFrame: 0.12,
    netJoulesPerFrame: 0.1,
    fpsPerWatt: 8.333,
    netFpsPerWatt: 10,
  });
});

test('an interruption ends within a frame', async () => {
  const machine = new Machine();
  const stop = new AbortController();
  const detector = machine.detector('a', 10);
  const stopping: Detector = {
    ...detector,
    detect: async (pixels) => {
      if (machine.calls.length === 25) stop.abort();
      return detector.detect(pixels);
    },
  };
  const measuring = runRounds({ ...options(machine, [task(stopping)]), rounds: 1000, signal: stop.signal });
  await expect(measuring).rejects.toThrow('interrupted; nothing was written');
  expect(machine.calls.length).toBe(26);
});

test('what the detector throws comes through', async () => {
  const machine = new Machine();
  const broken: Detector = {
    ...machine.detector('a', 10),
    detect: async () => Promise.reject(new Error('inference failed')),
  };
  await expect(runRounds(options(machine, [task(broken)]))).rejects.toThrow('inference failed');
});
