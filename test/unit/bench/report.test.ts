// Benchmarks of every kind -> CSV, columns and a report without holes.

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { benchCsv } from '../../../agent/bench/csv.js';
import { isComparison, labelOf } from '../../../agent/bench/labels.js';
import { liveRow } from '../../../agent/bench/live.js';
import { frontOf } from '../../../agent/bench/report/pareto.js';
import { benchReport } from '../../../agent/bench/report/report.js';
import type { BenchResult } from '../../../agent/bench/result.js';
import type { Case } from '../../../agent/bench/task.js';
import { readModelFolder } from '../../../models/folder/folder.js';
import { brightModel } from '../../support/bright-model.js';
import { document, row } from './documents.js';
import { goodRun } from './suite-documents.js';

const schema = new URL('../../../agent/bench/bench.schema.json', import.meta.url);
const isBenchmark = new Ajv2020().compile(JSON.parse(readFileSync(schema, 'utf8')));

const energy = {
  source: 'RAPL psys',
  watts: 12,
  idleWatts: 2,
  joulesPerFrame: 0.24,
  netJoulesPerFrame: 0.2,
  fpsPerWatt: 4.17,
  netFpsPerWatt: 5,
};
const accuracy = {
  ...{ data: 'annotations.json', split: 'val', images: 128 },
  ap50: { persons: 0.45, vehicles: 0.4, all: 0.375 },
};
const kinds: Record<string, BenchResult[]> = {
  'one row': [row()],
  'one frame': [
    row({ inferences: 1, timeline: [row().timeline[0]!], histogram: [{ fromMs: 5, toMs: 5.001, count: 1 }] }),
  ],
  'a comparison': [row(), row({ precision: 'int8', ratio: 2 }), row({ scenario: 'offline' })],
  energy: [row({ energy })],
  live: [
    row({
      scenario: 'live',
      ratio: null,
      live: {
        source: 'rtsp://camera/<x>',
        ageMs: { p50: 30, p95: 50, p99: 70 },
        captured: 100,
        published: 90,
        dropped: 10,
      },
    }),
  ],
  sustained: [row({ scenario: 'sustained', sustained: { kept: 0.9, throttled: true, because: ['x'] } })],
  paper: [
    row({ paper: { 'i9-9900K': 54, 'Jetson TX2': 37 } }),
    row({ size: 320, paper: { 'Jetson TX2': 41 } }),
  ],
  'no prediction, no sensors': [
    row({ predictedMs: null, timeline: [{ seconds: 1, fps: 5, clockMHz: null, temperatureC: null }] }),
  ],
  accuracy: [row({ accuracy }), row({ precision: 'int8', fps: 90, accuracy: { ...accuracy, split: null } })],
  'accuracy of nothing': [
    row({ accuracy: { ...accuracy, ap50: { persons: null, vehicles: null, all: null } } }),
  ],
  multistream: goodRun().results.filter(({ scenario }) => scenario === 'multistream'),
  'twenty rows': Array.from({ length: 20 }, (_, i) => row({ size: 32 * (i + 1) })),
};

describe.each(Object.entries(kinds))('%s', (kind, results) => {
  test('is a document of the published schema', () => {
    isBenchmark(document(...results));
    expect(isBenchmark.errors).toBeNull();
    expect(isBenchmark({ ...document(...results), more: 1 })).toBe(false);
  });

  test('becomes a page without holes, scripts or anything from elsewhere', () => {
    const page = benchReport(document(...results), []);
    expect(page).not.toMatch(/NaN|undefined|Infinity|null|\[object/);
    expect(page).not.toMatch(/<script|<link|<img|https?:|@import|url\(/);
    expect(page.match(/<svg/g)!.length).toBe(page.match(/<\/svg>/g)!.length);
    if (kind !== 'multistream') expect(page).toContain('Frames per second over time');
    for (const chart of page.match(/<svg [^>]*role="img".*?<\/svg>/gs)!)
      expect(chart).toMatch(/ aria-label="[^"]+"><desc>[^<]+<\/desc>/);
    if (kind === 'live') expect(page).not.toContain('<x>');
    if (kind === 'no prediction, no sensors') expect(page).not.toMatch(/Clock over time|Prediction against/);
  });

  test('has a line of CSV for each row', () => {
    const lines = benchCsv(document(...results)).split('\r\n');
    expect(lines.length).toBe(results.length + 2);
    expect(new Set(lines.slice(0, -1).map((line) => line.split(',').length)).size).toBe(1);
  });
});

test('CSV: commas and quotes are quoted', () => {
  expect(benchCsv(document(row({ model: 'a, "b"' }))).split('\r\n')[1]).toMatch(/^"a, ""b""",416,fp32,cpu,/);
});

test('rows are labelled by what tells them apart', () => {
  const rows = [row(), row({ threads: 1 }), row({ scenario: 'offline', sessions: 2, threads: 1 })];
  expect(rows.map(labelOf(rows))).toEqual(['2 threads single', '1 thread single', '1 thread offline']);
  expect(labelOf([row()])(row())).toBe('a-network 416 fp32');
  expect([isComparison(rows), isComparison([row(), row({ scenario: 'offline', threads: 1 })])]).toEqual([
    true,
    false,
  ]);
});

test('live: gaps are frames dropped, a source that begins anew loses none', async () => {
  const folder = await readModelFolder(await brightModel());
  const how = { sessions: 1, threads: 2 };
  const subject: Case = {
    model: 'a',
    size: 160,
    precision: 'fp32',
    wanted: 'fp32',
    provider: 'cpu',
    weights: 'trained',
    latency: how,
    throughput: how,
    folder,
  };
  const frames = [5, 6, 9, 10, 0, 1, 3].map((sequence, i) => ({
    frame: { sequence, ageMs: 10 * (i + 1) } as never,
    inferenceMs: 5,
  }));
  const timeline = [{ seconds: 2, fps: 3.5, clockMHz: null, temperatureC: null }];
  const found = liveRow(subject, { source: 'clip.mp4' }, frames, timeline);
  expect(found.live).toEqual({
    source: 'clip.mp4',
    ageMs: { p50: 40, p95: 70, p99: 70 },
    captured: 10,
    published: 7,
    dropped: 3,
  });
  expect([found.fps, found.latencyMs.p50, found.ratio]).toEqual([3.5, 40, null]);
  expect(() => liveRow(subject, { source: 'clip.mp4' }, [], timeline)).toThrow(
    'expected frames for --source, received clip.mp4',
  );
});

describe('a suite, and its parts alone', () => {
  const suite = goodRun();
  const imported = suite.layers!.map((one) => ({ ...one, layers: [], predictedMs: null }));
  const { starts, layers } = suite;
  test.each<[string, object, charts: string[], without: string[]]>([
    ['all of it', suite, ['cold start', 'time by layer', 'cameras within', 'latencies'], []],
    ['starts', { starts, layers: undefined, results: [] }, ['cold start'], ['class="tile"', 'Results']],
    [
      'layers',
      { layers, starts: undefined, results: [] },
      ['time by layer', 'time by kind'],
      ['class="tile"'],
    ],
    [
      'layers that nothing is predicted of',
      { layers: imported, starts: undefined, results: [] },
      ['time by layer', 'Kernels in the order'],
      ['predicted'],
    ],
  ])('%s', (_, parts, charts, without) => {
    const found = { ...suite, ...parts };
    isBenchmark(JSON.parse(JSON.stringify(found)));
    expect(isBenchmark.errors).toBeNull();
    const page = benchReport(found, []);
    const body = page.slice(page.indexOf('<body>'));
    expect(page).not.toMatch(/NaN|undefined|Infinity|null|\[object/);
    for (const chart of charts) expect(body).toContain(chart);
    for (const none of without) expect(body).not.toContain(none);
  });
});

test.each<[string, [fps: number, ap50: number][], number[]]>([
  ['one', [[10, 0.4]], [10]],
  [
    'faster and better',
    [
      [10, 0.4],
      [20, 0.5],
    ],
    [20],
  ],
  [
    'faster or better',
    [
      [20, 0.4],
      [10, 0.5],
    ],
    [10, 20],
  ],
  [
    'as good and faster',
    [
      [10, 0.5],
      [20, 0.5],
    ],
    [20],
  ],
  [
    'the same twice',
    [
      [10, 0.5],
      [10, 0.5],
    ],
    [10, 10],
  ],
  [
    'one in the shade of two',
    [
      [10, 0.5],
      [30, 0.3],
      [9, 0.49],
      [20, 0.4],
    ],
    [10, 20, 30],
  ],
])('the line of those that none beats in both: %s', (_, points, front) => {
  const named = points.map(([fps, ap50]) => ({ name: 'x', fps, ap50 }));
  expect(frontOf(named).map(({ fps }) => fps)).toEqual(front);
});
