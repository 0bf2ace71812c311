// Benchmarks of known figures, for the tests of what is made of them.

import type { BenchDocument, BenchResult, Environment } from '../../../agent/bench/result.js';

export const environment: Environment = {
  measuredAt: '2026-01-01T00:00:00.000Z',
  cspcam: '0.1.0',
  node: 'v20.0.0',
  onnxruntime: '1.27.0',
  os: 'Linux 6.1',
  machine: 'a machine, 2 cores',
  cpu: 'a machine',
  cores: 2,
  isa: ['avx2', 'fma'],
  memoryGB: 8.1,
  isVirtual: false,
  profile: 'generic-x86-64',
  predictedFrom: 'profile',
  powerMode: null,
  governor: 'performance',
  clockMHz: 3000,
  temperatureC: 55.5,
  othersLoad: 0,
  throttled: null,
  warnings: [],
};

export function row(changes: Partial<BenchResult> = {}): BenchResult {
  return {
    model: 'a-network',
    size: 416,
    precision: 'fp32',
    provider: 'cpu',
    sessions: 1,
    threads: 2,
    scenario: 'single',
    fps: 50,
    latencyMs: { min: 18, p50: 20, p90: 22, p95: 24, p99: 30 },
    predictedMs: 19,
    networkMs: 19.5,
    inferences: 500,
    noise: 0.005,
    ratio: 1,
    weights: 'trained',
    network: 'a'.repeat(64),
    timeline: [
      { seconds: 1, fps: 49, clockMHz: 3000, temperatureC: 55 },
      { seconds: 2, fps: 51, clockMHz: 2900, temperatureC: 60 },
    ],
    histogram: [
      { fromMs: 18, toMs: 20, count: 250 },
      { fromMs: 20, toMs: 22, count: 200 },
      { fromMs: 22, toMs: 90, count: 50 },
    ],
    energy: null,
    ...changes,
  };
}

export function document(...results: BenchResult[]): BenchDocument {
  return { environment, results };
}
