// An earlier benchmark and a later one -> verdicts, or a refusal.

import { describe, expect, test } from 'vitest';
import { compareBench, readBench } from '../../../agent/bench/against.js';
import type { BenchResult } from '../../../agent/bench/result.js';
import { document, environment, row } from './documents.js';

const options = { tolerance: 0.05, force: false };
const p50 = (ms: number, noise = 0.001): BenchResult =>
  row({ latencyMs: { ...row().latencyMs, p50: ms }, noise });

/** @param p50Ms of the frames of so many */
const cameras = (count: number, p50Ms: number, load = { cameraFps: 10, maxAgeMs: 200 }): BenchResult =>
  row({
    scenario: 'multistream',
    latencyMs: { ...row().latencyMs, p50: p50Ms },
    ...{ noise: null, ratio: null },
    multistream: {
      ...{ cameras: count, ...load, dropped: 0, trials: [] },
      ageMs: { p50: p50Ms, p95: p50Ms, p99: p50Ms },
    },
  });

describe('verdicts', () => {
  test.each<[before: BenchResult, now: BenchResult, verdict: string]>([
    [p50(20), p50(20.9), 'same'],
    [p50(20), p50(21.1), 'regression'],
    [p50(20), p50(19.1), 'same'],
    [p50(20), p50(18.9), 'faster'],
    // Three standard errors of both, 3 * hypot(0.02, 0.02) = 8.5%.
    [p50(20, 0.02), p50(21.6, 0.02), 'same'],
    [p50(20, 0.02), p50(21.8, 0.02), 'regression'],
    [row({ noise: null }), row({ noise: null }), 'same'],
    // By cameras: frames of more of them are older, and still in time.
    [cameras(4, 45), cameras(8, 110), 'faster'],
    [cameras(8, 110), cameras(4, 45), 'regression'],
    [cameras(8, 110), cameras(8, 60), 'same'],
    [cameras(0, 300), cameras(0, 200), 'same'],
    [cameras(0, 300), cameras(1, 90), 'faster'],
    // By frames per second: latencies of offline are waits.
    [row({ scenario: 'offline', fps: 100 }), row({ scenario: 'offline', fps: 94 }), 'regression'],
    [row({ scenario: 'offline', fps: 100 }), row({ scenario: 'offline', fps: 96 }), 'same'],
  ])('%#', (before, now, verdict) => {
    const [found] = compareBench(document(before), document(now), options);
    expect(found!.verdict).toBe(verdict);
  });

  test('rows are matched by what they are of; one without a match is new', () => {
    const before = document(row({ threads: 1 }), row({ size: 320 }), row());
    const found = compareBench(before, document(row(), row({ precision: 'int8' })), options);
    expect(found.map(({ verdict, before: figure }) => [verdict, figure?.value])).toEqual([
      ['same', 20],
      ['new', undefined],
    ]);
  });

  test('of rows that share a name, that of the same network is compared', () => {
    const other = row({ network: 'b'.repeat(64), latencyMs: { ...row().latencyMs, p50: 10 } });
    const [found] = compareBench(document(other, row()), document(row()), options);
    expect([found!.before?.value, found!.verdict]).toEqual([20, 'same']);
  });

  test('tolerance is what was asked for', () => {
    const [found] = compareBench(document(p50(20)), document(p50(22)), { ...options, tolerance: 0.2 });
    expect([found!.verdict, found!.limit]).toEqual(['same', 0.2]);
    expect(found!.change).toBeCloseTo(0.1, 9);
  });
});

const elsewhere = { ...document(row()), environment: { ...environment, machine: 'another, 4 cores' } };

test.each([
  [
    'another machine',
    elsewhere,
    'expected figures of this machine, a machine, 2 cores (or --force) for --against, received those of another, 4 cores',
  ],
  [
    'another network of the same name',
    document(row({ network: 'b'.repeat(64) })),
    'expected the same network (or --force) for --against, a-network 416 fp32, 2 threads, single, received one with other weights or of another form',
  ],
  [
    'nothing that was measured now',
    document(row({ size: 320 })),
    'expected a row for a-network 416 fp32, 2 threads, single for --against, received a-network 320 fp32, 2 threads, single',
  ],
])('%s is refused', (_, before, message) => {
  expect(() => compareBench(before, document(row()), options)).toThrow(message);
});

test.each([
  ['frames', { cameraFps: 15, maxAgeMs: 200 }],
  ['age', { cameraFps: 10, maxAgeMs: 100 }],
])('cameras of another limit are refused: %s', (_, load) => {
  const [before, now] = [document(cameras(4, 45, load)), document(cameras(4, 45))];
  expect(() => compareBench(before, now, options)).toThrow(
    `expected cameras of 10 frames/s within 200 ms (or --force) for --against, a-network 416 fp32, 2 threads, multistream, received ${load.cameraFps} frames/s within ${load.maxAgeMs} ms`,
  );
  expect(compareBench(before, now, { ...options, force: true })[0]!.verdict).toBe('same');
});

test('--force compares other machines and networks', () => {
  const before = { ...elsewhere, results: [row({ network: 'b'.repeat(64) })] };
  expect(compareBench(before, document(row()), { ...options, force: true })[0]!.verdict).toBe('same');
});

test.each([
  ['half a file', JSON.stringify(document(row())).slice(0, 100)],
  ['no results', JSON.stringify(document())],
  ['negative figures', JSON.stringify(document(row({ fps: -1 })))],
])('%s is no benchmark', (_, text) => {
  expect(() => readBench(text, 'before.json')).toThrow(
    'expected what cspcam bench --json wrote for before.json',
  );
});

test('what is written is read', () => {
  expect(readBench(JSON.stringify(document(row())), 'before.json')).toEqual(document(row()));
});
