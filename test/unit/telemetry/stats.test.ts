// Counts, times and sensors -> stats, with clock and sensors made by hand.

import { describe, expect, test } from 'vitest';
import { StatsCollector } from '../../../agent/telemetry/collector.js';
import { LatencyHistogram } from '../../../agent/telemetry/latency-histogram.js';
import { LoadReader } from '../../../agent/telemetry/machine-load.js';
import { rootWith } from '../../support/boards.js';

/** Lehmer's generator: the same numbers in each run, 0 to 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

describe('percentiles are within 1% of the sorted values', () => {
  const next = random(7);
  const shapes: [string, () => number][] = [
    ['even', () => 100 * next()],
    ['long tail', () => Math.exp(8 * next())],
    ['two kinds', () => (next() < 0.97 ? 10 + next() : 900 + next())],
    ['hundredths', () => 0.02 + next() / 10],
    ['hours', () => 1e6 + 1e7 * next()],
    ['all the same', () => 33.3],
  ];
  test.each(shapes)('%s', (_, shape) => {
    for (const count of [1, 2, 3, 31, 100, 10_000]) {
      const histogram = new LatencyHistogram();
      const values = Array.from({ length: count }, shape);
      for (const value of values) histogram.record(value);
      values.sort((a, b) => a - b);
      for (const share of [0.5, 0.95, 0.99, 1]) {
        const exact = values[Math.max(1, Math.ceil(share * count)) - 1]!;
        expect(Math.abs(histogram.percentile(share) / exact - 1)).toBeLessThanOrEqual(0.01 + 1e-9);
      }
      expect([histogram.count, histogram.maxMs]).toEqual([count, values.at(-1)]);
    }
  });

  test('nothing, zero, negative and huge', () => {
    const histogram = new LatencyHistogram();
    expect([histogram.percentile(0.5), histogram.maxMs]).toEqual([0, 0]);
    for (const value of [0, -5, 1e300]) histogram.record(value);
    expect(histogram.percentile(0.5)).toBeLessThanOrEqual(0.01);
    expect(histogram.percentile(1)).toBeGreaterThan(1e7);
    histogram.clear();
    expect([histogram.count, histogram.percentile(0.99)]).toEqual([0, 0]);
  });
});

const load = {
  process: { cpuPercent: 12.3, residentBytes: 1000 },
  system: { cpuPercent: 50, memoryUsedBytes: 1, memoryTotalBytes: 2, temperaturesC: {} },
};

test('frames that maxFps passes over are skipped, not dropped', () => {
  const door = new StatsCollector(() => 0).camera('door');
  door.arrived(0);
  for (let i = 0; i < 4; i++) door.limited();
  door.arrived(5);
  expect(door.totals).toMatchObject({ captured: 6, skipped: 4, dropped: 0 });
  // One of those that are passed over next is of after the frame that is told of.
  for (let i = 0; i < 4; i++) door.limited();
  door.arrived(10, 1);
  door.arrived(14, 1);
  expect(door.totals).toMatchObject({ captured: 15, skipped: 9, dropped: 2 });
});

test('a gap is frames skipped, as the source counts them, and frames dropped', () => {
  const stats = new StatsCollector(() => 0);
  const door = stats.camera('door');
  const rows: [sequence: number, skippedSoFar: number][] = [
    [0, 0],
    [30, 29],
    [60, 50],
    [61, 50],
  ];
  for (const [sequence, skipped] of rows) door.arrived(sequence, skipped);
  expect(door.totals).toMatchObject({ captured: 62, skipped: 50, dropped: 8 });
  door.restarted();
  door.arrived(500, 300);
  door.arrived(502, 301);
  expect(door.totals).toMatchObject({ captured: 65, skipped: 51, dropped: 8 });
});

test('totals go on, rates and latency are of the interval', () => {
  let nowMs = 0;
  const stats = new StatsCollector(() => nowMs);
  const door = stats.camera('door');
  for (const sequence of [0, 1, 2, 5, 6]) door.arrived(sequence);
  door.dropped();
  for (let i = 0; i < 4; i++) door.inferred();
  for (let i = 1; i <= 100; i++) stats.latency('inference', i);
  nowMs = 2000;
  const first = stats.take(load);
  expect(first).toMatchObject({
    intervalSeconds: 2,
    cameras: {
      door: {
        captured: 7,
        inferred: 4,
        dropped: 3,
        capturedFps: 3.5,
        inferredFps: 2,
        droppedFps: 1.5,
        restarts: 0,
      },
    },
    latencyMs: { inference: { max: 100, count: 100 } },
  });
  expect(Object.keys(first.latencyMs)).toEqual(['inference']);

  door.restarted();
  door.arrived(0);
  nowMs = 3000;
  expect(stats.take(load)).toMatchObject({
    intervalSeconds: 1,
    cameras: {
      door: { captured: 8, dropped: 3, capturedFps: 1, inferredFps: 0, droppedFps: 0, restarts: 1 },
    },
    latencyMs: {},
  });
  expect(stats.camera('door')).toBe(door);
});

test('a clock that stands still gives finite rates', () => {
  const stats = new StatsCollector(() => 5);
  stats.camera('a').arrived(0);
  expect(stats.take(load).cameras.a?.capturedFps).toBe(1000);
});

describe('temperatures', () => {
  const zone = (n: number, type: string, temp: string) => ({
    [`sys/class/thermal/thermal_zone${n}/type`]: `${type}\n`,
    [`sys/class/thermal/thermal_zone${n}/temp`]: `${temp}\n`,
  });

  test.each<[string, Record<string, string>, Record<string, number>]>([
    ['none', {}, {}],
    [
      'Jetson, without its PMIC',
      { ...zone(0, 'BCPU-therm', '41500'), ...zone(1, 'PMIC-Die', '100000') },
      { 'BCPU-therm': 41.5 },
    ],
    [
      'two of a name',
      { ...zone(0, 'acpitz', '27800'), ...zone(1, 'acpitz', '29800') },
      { acpitz: 27.8, 'acpitz 2': 29.8 },
    ],
    ['not connected', { ...zone(0, 'a', '0'), ...zone(1, 'b', '21000') }, { b: 21 }],
    ['nonsense', { ...zone(0, 'a', 'x'), ...zone(1, 'b', '-273000'), ...zone(2, 'c', '30000') }, { c: 30 }],
    [
      'hwmon where there are no zones',
      {
        'sys/class/hwmon/hwmon0/name': 'k10temp\n',
        'sys/class/hwmon/hwmon0/temp1_input': '50125\n',
        'sys/class/hwmon/hwmon0/temp1_label': 'Tctl\n',
        'sys/class/hwmon/hwmon0/temp2_input': '45000\n',
      },
      { 'k10temp Tctl': 50.125, 'k10temp temp2': 45 },
    ],
  ])('%s', async (_, files, temperatures) => {
    const { system } = await new LoadReader(rootWith(files)).read();
    expect(system.temperaturesC).toEqual(temperatures);
  });

  test.each<[string, Record<string, string>, object]>([
    ['no GPU, no rails', {}, {}],
    [
      'Jetson TX2: load per mille, clock, rails of JetPack 4',
      {
        'sys/class/devfreq/17000000.gp10b/cur_freq': '1300500000\n',
        'sys/devices/gpu.0/load': '874\n',
        'sys/bus/i2c/drivers/ina3221x/0-0041/iio:device1/rail_name_0': 'VDD_IN\n',
        'sys/bus/i2c/drivers/ina3221x/0-0041/iio:device1/in_power0_input': '7405\n',
      },
      { gpu: { loadPercent: 87.4, clockMHz: 1300.5 }, powerWatts: { VDD_IN: 7.405 } },
    ],
    [
      'Jetson Orin: load beside the clock, rails of JetPack 5 and later',
      {
        'sys/class/devfreq/17000000.gpu/cur_freq': '918000000\n',
        'sys/class/devfreq/17000000.gpu/device/load': '120\n',
        'sys/class/hwmon/hwmon3/name': 'ina3221\n',
        'sys/class/hwmon/hwmon3/in1_label': 'VDD_IN\n',
        'sys/class/hwmon/hwmon3/in1_input': '5000\n',
        'sys/class/hwmon/hwmon3/curr1_input': '1200\n',
      },
      { gpu: { loadPercent: 12, clockMHz: 918 }, powerWatts: { VDD_IN: 6 } },
    ],
    [
      'Intel: the clock alone',
      { 'sys/class/drm/card0/gt_act_freq_mhz': '750\n' },
      { gpu: { clockMHz: 750 } },
    ],
    [
      'AMD: the load',
      { 'sys/class/drm/card0/device/gpu_busy_percent': '31\n' },
      { gpu: { loadPercent: 31 } },
    ],
    ['asleep', { 'sys/class/devfreq/17000000.gp10b/cur_freq': 'x\n' }, {}],
  ])('GPU and power: %s', async (_, files, wanted) => {
    const { temperaturesC, gpu, powerWatts } = (await new LoadReader(rootWith(files)).read()).system;
    expect(temperaturesC).toEqual({});
    expect({ ...(gpu && { gpu }), ...(powerWatts && { powerWatts }) }).toEqual(wanted);
  });

  test('the load of this machine is plausible', async () => {
    const reader = new LoadReader();
    const { process: own, system } = await reader.read();
    expect(own.residentBytes).toBeGreaterThan(10e6);
    expect(own.cpuPercent).toBeGreaterThanOrEqual(0);
    expect(system.cpuPercent).toBeLessThanOrEqual(100);
    expect(system.memoryUsedBytes).toBeLessThan(system.memoryTotalBytes);
  });
});

test('second looks: counts since start, rates and the share of a session of the interval; nothing before the first', () => {
  let nowMs = 0;
  const stats = new StatsCollector(() => nowMs);
  nowMs = 1000;
  expect(stats.take(load).secondLook).toBeUndefined();
  for (let i = 0; i < 10; i++) stats.secondLooks.looked({ looks: 2, found: i % 2, inferenceMs: 20 });
  nowMs = 3000;
  expect(stats.take(load).secondLook).toEqual({
    frames: 10,
    looks: 20,
    found: 5,
    looksPerSecond: 10,
    detectorPercent: 10,
  });
  nowMs = 4000;
  expect(stats.take(load).secondLook).toEqual({
    ...{ frames: 10, looks: 20, found: 5 },
    ...{ looksPerSecond: 0, detectorPercent: 0 },
  });
  expect(stats.totals.secondLooks).toEqual({ frames: 10, looks: 20, found: 5, busyMs: 200 });
});
