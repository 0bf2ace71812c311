// Runs of a suite, good and spoiled -> what may be published of them, and why not.

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { BenchDocument, BenchResult } from '../../../agent/bench/result.js';
import { benchFile } from '../../../agent/bench/result.js';
import { problemsOf } from '../../../agent/bench/submission/check.js';
import {
  leftOut,
  submissionFile,
  submissionName,
  submissionOf,
} from '../../../agent/bench/submission/submission.js';
import { resultsDocument } from '../../../agent/bench/submission/table.js';
import { goodRun, suite } from './suite-documents.js';

const PROFILES = ['generic-x86-64'];
const folder = resolve(import.meta.dirname, '../../../device-profiles');
const schema = new URL('../../../agent/bench/submission.schema.json', import.meta.url);
const isSubmission = new Ajv2020({ formats: { date: true } }).compile(
  JSON.parse(readFileSync(schema, 'utf8')),
);

test('a run as it should be is a benchmark, has no problem, and may be published', () => {
  const document = benchFile.parse(goodRun());
  expect(problemsOf(document, suite)).toEqual([]);
  const submission = submissionOf(document, PROFILES);
  isSubmission(submission);
  expect(isSubmission.errors).toBeNull();
  expect(submission.environment).toMatchObject({ measuredAt: '2026-01-01', os: 'Linux 6.1' });
  expect(submission.results[0]).toMatchObject({ fps: 50, rounds: 5, joulesPerFrame: null });
  expect(submissionName(submission)).toBe('a-machine-2-cores-edge-1-2026-01-01.json');
});

const SECRET = 'secret';

/** Every text of a value, and a key of every object, replaced or added: what nobody thought of is among them. */
function withSecrets(value: unknown): unknown {
  if (typeof value === 'string') return `${value} ${SECRET}`;
  if (Array.isArray(value)) return value.map(withSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withSecrets(inner)]);
  return Object.fromEntries([...entries, [SECRET, SECRET]]);
}

/** What is read by its form, as versions and names of processors are, would only be refused. */
const FORMS: readonly string[] = [
  ...['model', 'precision', 'provider', 'scenario', 'name', 'sha256', 'what'],
  ...['cpu', 'node', 'cspcam', 'onnxruntime', 'governor'],
];

function restored(spoiled: unknown, good: unknown): unknown {
  if (Array.isArray(spoiled)) return spoiled.map((one, i) => restored(one, (good as unknown[])[i]));
  if (typeof spoiled !== 'object' || spoiled === null) return spoiled;
  return Object.fromEntries(
    Object.entries(spoiled).map(([key, inner]) => {
      const was = (good as Record<string, unknown> | undefined)?.[key];
      return [key, FORMS.includes(key) && typeof was === 'string' ? was : restored(inner, was)];
    }),
  );
}

test('nothing private gets through: no text and no key that is not named', () => {
  const good = goodRun();
  good.environment.warnings.push('x');
  good.results[0]!.form = 'x';
  good.results[0]!.energy = {
    ...{ source: 'x', watts: 1, idleWatts: 1, joulesPerFrame: 2, netJoulesPerFrame: 1 },
    ...{ fpsPerWatt: 1, netFpsPerWatt: 1 },
  };
  good.results[0]!.live = {
    ...{ source: 'rtsp://user:password@camera', captured: 1, published: 1, dropped: 0 },
    ageMs: { p50: 1, p95: 1, p99: 1 },
  };
  const spoiled = restored(withSecrets(good), good) as BenchDocument;
  expect(JSON.stringify(spoiled).split(SECRET).length).toBeGreaterThan(100);
  const submission = submissionOf(spoiled, PROFILES);
  expect(JSON.stringify(submission)).not.toMatch(/secret|password/);
  expect(submission.environment.profile).toBeNull();
  expect(submission.results[0]!.joulesPerFrame).toBe(2);
});

test.each<[key: 'cpu' | 'node' | 'cspcam' | 'onnxruntime', value: string]>([
  ['cpu', 'a machine\nof mine'],
  ['cpu', '<b>'],
  ['cpu', 'x'.repeat(81)],
  ['node', 'v20.0.0-by-me'],
  ['cspcam', '0.1.0+host'],
  ['onnxruntime', ''],
])('%s of the form %j is refused, not published', (key, value) => {
  const document = goodRun();
  document.environment[key] = value;
  expect(() => submissionOf(document, PROFILES)).toThrow();
});

test('it is said what was left out, each part once', () => {
  const document = goodRun();
  const without = leftOut(document, submissionOf(document, PROFILES));
  expect(without).toEqual(
    expect.arrayContaining([
      ...['environment.machine', 'environment.warnings', 'results.timeline', 'results.histogram'],
      ...['results.network', 'starts.network', 'layers.kernels', 'layers.layers'],
    ]),
  );
  expect(without.filter((place) => place.startsWith('results.timeline'))).toEqual(['results.timeline']);
  expect(new Set(without).size).toBe(without.length);
});

type Spoil = (document: BenchDocument) => void;

function set(target: object, path: string, value: unknown): void {
  const keys = path.split('.');
  const inner = keys.slice(0, -1).reduce((at, key) => (at as Record<string, object>)[key]!, target);
  Object.assign(inner, { [keys.at(-1)!]: value });
}

const first =
  (scenario: string, change: (row: BenchResult) => void): Spoil =>
  (document) =>
    change(document.results.find((row) => row.scenario === scenario)!);

test.each<[string, Spoil, RegExp]>([
  ['no suite', (d) => delete d.suite, /^expected a run of a suite/],
  ['an altered suite', (d) => set(d, 'suite.sha256', 'b'.repeat(64)), /^expected a suite of this version/],
  [
    'a row less',
    (d) => void d.results.pop(),
    /expected csppeleenet-efm-sam 416 int8 multistream once, received 0/,
  ],
  ['a row twice', (d) => void d.results.push(d.results[0]!), /fp32 single once, received 2/],
  ['another network', (d) => set(d, 'results.0.model', 'mine'), /expected nothing of mine 416 fp32 single/],
  ['no layers', (d) => delete d.layers, /layers once, received 0/],
  ['a start less', (d) => void d.starts!.pop(), /coldstart kept once, received 0/],
  ['throttled', (d) => set(d, 'environment.throttled', true), /received one that throttled/],
  ['a busy machine', (d) => set(d, 'environment.othersLoad', 0.5), /at most 0.1 of 2 cores, received 0.5/],
  ['load not known', (d) => set(d, 'environment.othersLoad', null), /expected the load of other processes/],
  ['noise', first('single', (row) => set(row, 'noise', 0.1)), /expected noise of at most 0.03/],
  ['noise not known', first('offline', (row) => set(row, 'noise', null)), /expected noise of at most 0.03/],
  ['few turns', first('single', (row) => void row.timeline.pop()), /expected 5 turns .* received 4/],
  ['percentiles', first('single', (row) => set(row, 'latencyMs.p90', 1)), /percentiles that rise/],
  ['frames', first('single', (row) => set(row, 'inferences', 900)), /a histogram of its 900 frames/],
  ['a short run', first('offline', (row) => set(row, 'fps', 100)), /expected 5 s of frames/],
  ['a rate too good', first('single', (row) => set(row, 'fps', 90)), /a frame rate that fits the latency/],
  ['a slow network', first('single', (row) => set(row, 'networkMs', 30)), /a network that takes no longer/],
  [
    'cameras never tried',
    first('multistream', (row) => set(row, 'multistream.cameras', 3)),
    /a trial with as many cameras/,
  ],
  [
    'more cameras than frames',
    first('multistream', (row) => {
      row.multistream!.cameras = 9;
      row.multistream!.trials.push({ ...row.multistream!.trials[0]!, cameras: 9 });
    }),
    /within what offline reaches/,
  ],
  ['layers of another', (d) => set(d, 'layers.0.networkMs', 3), /expected layers .* that fit single/],
])('not to be published: %s', (_, spoil, message) => {
  const document = goodRun();
  spoil(document);
  expect(problemsOf(document, suite).join('\n')).toMatch(message);
});

test('a suite that this version does not have', () => {
  expect(problemsOf(goodRun(), undefined)).toEqual([
    expect.stringMatching(/^expected a suite of this version/),
  ]);
});

test('the table has a row for each machine, the fastest first, and `-` for what there is none of', () => {
  const slow = submissionOf(goodRun(), PROFILES);
  const fast = structuredClone(slow);
  fast.environment.cpu = 'a faster machine';
  for (const row of fast.results) row.fps *= 2;
  const lines = resultsDocument([slow, fast]).split('\n');
  const at = lines.indexOf('### csppeleenet-efm-sam 416, fp32');
  expect(lines.slice(at + 4, at + 6)).toEqual([
    '| a faster machine | 2 | 2026-01-01 | 0.1.0 | 20.0 | 30.0 | 100.0 | 4 of 10 fps, 200 ms | 0.73 | 0.43 | 200 |',
    '| a machine | 2 | 2026-01-01 | 0.1.0 | 20.0 | 30.0 | 50.0 | 4 of 10 fps, 200 ms | 0.73 | 0.43 | 200 |',
  ]);
  const light = lines.indexOf('### yolov4-tiny 416, int8');
  expect(lines[light + 4]).toMatch(/\| 100.0 \| - \| - \| - \| - \|$/);
});

test('without a run the table says so', () => {
  expect(resultsDocument([])).toMatch(/\n\nNo run has been published yet\.\n$/);
});

const files = readdirSync(resolve(folder, 'results')).filter((name) => name.endsWith('.json'));

test('RESULTS.md is what the submissions say; npm run results:table', () => {
  const submissions = files.map((name) =>
    submissionFile.parse(JSON.parse(readFileSync(resolve(folder, 'results', name), 'utf8'))),
  );
  expect(readFileSync(resolve(folder, 'RESULTS.md'), 'utf8')).toBe(resultsDocument(submissions));
  expect(files).toEqual(submissions.map(submissionName));
});
