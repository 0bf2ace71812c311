// A suite -> a run of it as a good machine would have it, for the tests of what may be published.

import type { BenchDocument, BenchLayers, BenchStart } from '../../../agent/bench/result.js';
import { readSuite, type Suite } from '../../../agent/bench/suite.js';
import { environment, row } from './documents.js';

export const suite: Suite = await readSuite('edge-1');

const timeline = [1, 2, 3, 4, 5].map((seconds) => ({
  ...{ seconds, fps: 50, clockMHz: null, temperatureC: null },
}));

/** 50 frames a second, 20 ms each. */
export function goodRun(): BenchDocument {
  const { definition, sha256 } = suite;
  const subjects = definition.networks.flatMap(({ name, size, precisions }) =>
    precisions.map((precision) => ({ model: name, size, precision })),
  );
  const of = (part: 'multistream' | 'coldstart' | 'layers') =>
    subjects.filter(({ model }) => definition[part].networks.includes(model));
  const base = {
    ...{ weights: 'random' as const, timeline, inferences: 250, noise: 0.005 },
    histogram: [{ fromMs: 18, toMs: 30, count: 250 }],
  };
  const about = { provider: 'cpu', threads: 2, network: 'a'.repeat(64) };
  const start = { ...about, processes: 3, loadMs: 200, firstResultMs: 30, peakRssMB: 200, pssMB: 150 };
  const trial = { p99Ms: 40, dropped: 0, inTime: 1, isWithin: true };
  return structuredClone({
    suite: { name: definition.name, sha256 },
    environment: { ...environment, isa: [...environment.isa], warnings: [] },
    results: [
      ...subjects.map((one) => row({ ...base, ...one })),
      ...subjects.map((one) =>
        row({
          ...base,
          ...one,
          scenario: 'offline',
          sessions: 2,
          threads: 1,
          latencyMs: { min: 70, p50: 80, p90: 82, p95: 84, p99: 90 },
        }),
      ),
      ...of('multistream').map((one) =>
        row({
          ...base,
          ...one,
          ...{ scenario: 'multistream', sessions: 2, threads: 1, timeline: [], noise: null, ratio: null },
          multistream: {
            ...{ cameras: 4, cameraFps: 10, maxAgeMs: 200, dropped: 0 },
            ageMs: { p50: 20, p95: 30, p99: 40 },
            trials: [
              { ...trial, cameras: 4 },
              { ...trial, cameras: 5, isWithin: false },
            ],
          },
        }),
      ),
    ],
    starts: of('coldstart').flatMap((one): BenchStart[] => [
      { ...one, ...start, kept: false, openMs: 500 },
      { ...one, ...start, kept: true, openMs: 200 },
    ]),
    layers: of('layers').map(
      (one): BenchLayers => ({
        ...{ ...one, ...about, frames: 30, roofGops: 100, kernelsMs: 18, networkMs: 20, predictedMs: 19 },
        classes: [{ what: '3x3, 17 to 32 filters', kernels: 5, ms: 18, gop: 1.5 }],
        layers: [{ index: 0, type: 'convolutional', ms: 18, predictedMs: 19 }],
        kernels: [{ name: 'conv_0', op: 'Conv', layer: 0, ms: 18, gop: 1.5 }],
      }),
    ),
  });
}
