// `cspcam bench`, as a user types it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BenchDocument } from '../../../agent/bench/result.js';
import { bench, parse, scratch } from '../../support/bench-command.js';
import { Cspcam, cspcam } from '../../support/cspcam.js';
import { openBrowser } from '../../support/page.js';
import { expectReadable } from '../../support/report-page.js';
import { CTRL_C, Terminal } from '../../support/terminal.js';

const opened = await openBrowser();
afterAll(() => opened?.close());

/** What the tests of a run share. */
let finished: Awaited<ReturnType<typeof bench>>;

describe('needs no configuration: the network that comes with it', () => {
  const html = join(scratch(), 'report.html');
  beforeAll(async () => {
    finished = await bench('--duration', '1', '--json', '--html', html);
  });

  test('single and offline', () => {
    const { code, out, err, left } = finished;
    expect([code, err, left]).toEqual([0, `wrote ${html}\n`, []]);
    const { environment, results } = parse(out);
    expect(environment.onnxruntime).toMatch(/^1\.\d+\.\d+$/);
    expect(results.map(({ model, size, scenario }) => [model, size, scenario])).toEqual([
      ['csppeleenet-efm-sam', 416, 'single'],
      ['csppeleenet-efm-sam', 416, 'offline'],
    ]);
    for (const { fps, latencyMs, weights, inferences, histogram } of results) {
      expect(weights).toBe('trained');
      expect(fps).toBeGreaterThan(0.1);
      expect(latencyMs.min).toBeLessThanOrEqual(latencyMs.p50);
      expect(latencyMs.p50).toBeLessThanOrEqual(latencyMs.p99);
      expect(histogram.reduce((sum, { count }) => sum + count, 0)).toBe(inferences);
    }
  });

  test.skipIf(opened === undefined)('its report can be read', () =>
    expectReadable(opened!, html, 'default', [
      /fps|frames per second over time/,
      /prediction/,
      /latencies/,
      /roofline/,
    ]),
  );
});

describe('networks of the catalogue, sizes and precisions', () => {
  const folder = scratch();
  const [json, csv, html] = ['a.json', 'a.csv', 'a.html'].map((name) => join(folder, name));
  beforeAll(async () => {
    finished = await bench(
      ...['--model', 'yolov3-tiny-prn', '--size', '96,64', '--compare', '--threads', '1'],
      ...['--scenario', 'single', '--duration', '0.2', '--json', json!, '--csv', csv!, '--html', html!],
    );
  });

  test('as a table, CSV and JSON at once', () => {
    const { code, out, err, left } = finished;
    expect([code, left]).toEqual([0, []]);
    expect(err).toBe(`wrote ${json}, ${csv}, ${html}\n`);
    const rows = parse(readFileSync(json!, 'utf8')).results;
    expect(rows.map(({ size, precision }) => `${size} ${precision}`)).toEqual([
      '96 fp32',
      '96 int8',
      '64 fp32',
      '64 int8',
    ]);
    expect(rows.every(({ weights, threads }) => weights === 'random' && threads === 1)).toBe(true);
    // The same floats, of which the integer form of a size is made.
    expect(rows.map(({ network }) => rows.findIndex((row) => row.network === network))).toEqual([0, 0, 2, 2]);
    expect(out).toContain('random weights, for timing only: yolov3-tiny-prn');
    expect(out).toMatch(/^ *96 +int8 +single +[\d.]+ .*x$/m);
    expect(readFileSync(csv!, 'utf8').trim().split('\r\n').length).toBe(5);
    expect(readdirSync(folder).toSorted()).toEqual(['a.csv', 'a.html', 'a.json']);
  });

  test.skipIf(opened === undefined)('their report can be read', () =>
    expectReadable(opened!, html!, 'compare', [
      /^frames per second$/,
      /over time/,
      /prediction/,
      /latencies/,
      /roofline/,
    ]),
  );
});

test.skipIf(opened === undefined)('sustained: its report can be read', async () => {
  const html = join(scratch(), 'report.html');
  const args = ['--scenario', 'sustained', '--model', 'yolov3-tiny-prn', '--size', '64', '--threads', '1'];
  const { code, left } = await bench(...args, '--duration', '0.5', '--html', html);
  expect([code, left]).toEqual([0, []]);
  await expectReadable(opened!, html, 'sustained', [/over time/, /roofline/]);
});

test('live: a clip through the whole agent, with ages and drops', async () => {
  const { code, out, left } = await bench('--scenario', 'live', '--duration', '3', '--json');
  expect([code, left]).toEqual([0, []]);
  const [row] = parse(out).results;
  const { live, fps } = row!;
  expect(live!.captured).toBe(live!.published + live!.dropped);
  expect(live!.published).toBeGreaterThan(1);
  expect(live!.ageMs.p50).toBeGreaterThan(0);
  expect(live!.ageMs.p99).toBeGreaterThanOrEqual(live!.ageMs.p50);
  expect(fps).toBeGreaterThan(0);
});

test('live: a source that gives nothing is one line', async () => {
  const { code, err, left } = await bench('--scenario', 'live', '--duration', '1', '--source', 'missing.mp4');
  expect([code, left]).toEqual([1, []]);
  expect(err.trim().split('\n').length).toBe(1);
  expect(err).toContain('missing.mp4');
});

describe('--against', () => {
  const args = [
    '--model',
    'yolov3-tiny-prn',
    '--size',
    '64',
    '--threads',
    '1',
    '--scenario',
    'single',
    '--duration',
    '0.2',
  ];
  const change = (file: string, changed: (document: BenchDocument) => unknown) => {
    const other = join(scratch(), 'before.json');
    writeFileSync(other, JSON.stringify(changed(JSON.parse(readFileSync(file, 'utf8')))));
    return other;
  };
  const times = (factor: number) => (document: BenchDocument) => ({
    ...document,
    results: document.results.map((row) => ({
      ...row,
      noise: 0,
      latencyMs: { ...row.latencyMs, p50: row.latencyMs.p50 * factor },
    })),
  });

  test('exit code 3 where it got slower, 0 where it did not, 1 where nothing can be said', async () => {
    const before = join(scratch(), 'before.json');
    expect((await bench(...args, '--json', before)).code).toBe(0);

    const slower = await bench(...args, '--against', change(before, times(0.01)));
    expect([slower.code, slower.out]).toEqual([3, expect.stringMatching(/single .* regression$/m)]);
    const faster = await bench(...args, '--against', change(before, times(100)), '--json');
    // A machine that is too busy to tell says so; the verdicts are a table of the unit tests.
    expect([faster.code, faster.err]).toEqual([0, expect.stringMatching(/single .* (faster|same)$/m)]);
    parse(faster.out);

    const machine = (document: BenchDocument) => ({
      ...document,
      environment: { ...document.environment, machine: 'another' },
    });
    const elsewhere = change(change(before, times(100)), machine);
    const refused = await bench(...args, '--against', elsewhere);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/^cspcam: expected figures of this machine, .* received those of another\n$/);
    expect((await bench(...args, '--against', elsewhere, '--force')).code).toBe(0);
  });
});

describe('--paper', () => {
  const html = join(scratch(), 'report.html');
  beforeAll(async () => {
    finished = await bench('--paper', '--duration', '0.2', '--html', html);
  });

  test('the rows of table 5 beside their figures', () => {
    const { code, out } = finished;
    expect(code).toBe(0);
    expect(out).toMatch(/^yolov3-tiny +416 +fp32 +[\d.]+ +54 +[\d.]+x +37 +[\d.]+x$/m);
    expect(out).toMatch(/^csppeleenet-ref-efm-sam +320 +fp32 +[\d.]+ +- +- +41 +[\d.]+x$/m);
  });

  test.skipIf(opened === undefined)('its report can be read', () =>
    expectReadable(opened!, html, 'paper', [/beside the paper/, /roofline/]),
  );
});

describe('a signal leaves no file, no temporary folder and no process', () => {
  const setUp = () => {
    const [folder, temporary] = [scratch(), scratch()];
    const [json, csv, html] = ['b.json', 'b.csv', 'b.html'].map((name) => join(folder, name));
    writeFileSync(json!, 'an earlier one');
    const files = ['--json', json!, '--csv', csv!, '--html', html!];
    const args = ['bench', '--precision', 'fp32,int8', '--duration', '20', ...files];
    const small = ['--model', 'yolov3-tiny-prn', '--size', '64', '--threads', '1'];
    const expectNothing = () => {
      expect(readdirSync(folder)).toEqual(['b.json']);
      expect(readFileSync(json!, 'utf8')).toBe('an earlier one');
      expect(readdirSync(temporary)).toEqual([]);
    };
    return { args, small: [...args, ...small], temporary, expectNothing };
  };

  test('while networks are being made', async () => {
    const { args, temporary, expectNothing } = setUp();
    const running = new Cspcam(args, { TMPDIR: temporary });
    await expect.poll(() => readdirSync(temporary), { timeout: 60_000 }).not.toEqual([]);
    running.child.kill('SIGINT');
    const { code, err } = await running.finished();
    expect([code, err]).toEqual([1, 'cspcam: interrupted; nothing was written\n']);
    expectNothing();
  });

  test.each<[string, (terminal: Terminal) => unknown]>([
    ['Ctrl-C', (terminal) => terminal.press(CTRL_C)],
    ['SIGTERM', (terminal) => terminal.kill('SIGTERM')],
  ])('while they are measured: %s', async (_, end) => {
    const { small, temporary, expectNothing } = setUp();
    const terminal = new Terminal(small, { TMPDIR: temporary });
    await terminal.until('measuring [');
    await end(terminal);
    expect(await terminal.finished()).toBe(1);
    expect(terminal.text).toContain('cspcam: interrupted; nothing was written');
    expectNothing();
  });
});

test.each([
  [['--size', '100'], 2, 'expected a multiple of 32'],
  [['--size', '320,'], 2, 'expected values with commas between'],
  [['--precision', 'fp64'], 2, 'expected one of fp32, fp16, int8'],
  [['--scenario', 'fast'], 2, 'expected one of single, offline, multistream, live, sustained, coldstart'],
  [['--duration', '0'], 2, 'expected a number above 0'],
  [['--paper', '--size', '320'], 2, 'expected --paper without --model and --size'],
  [['--layers', '--provider', 'cpu,openvino'], 2, 'expected --layers with --provider cpu, received openvino'],
  [['--force'], 2, 'expected --against beside --force'],
  [['--model', 'no-such-model'], 1, 'model folder'],
  [['--model', 'peleenet'], 1, 'expected a detector for --model, received peleenet, a classifier'],
  [['--precision', 'fp16'], 1, 'expected fp32 or int8 for --precision, received fp16'],
  [['--provider', 'tensorrt', '--duration', '0.1'], 1, 'provider tensorrt'],
  [
    ['--scenario', 'live', '--model', 'yolov3-tiny-prn', '--size', '64'],
    1,
    'expected trained weights, as random ones find thousands of boxes, for --scenario live',
  ],
  [['--against', 'missing.json'], 1, 'expected a readable file for missing.json'],
  [['--html', '/nowhere/report.html'], 1, 'expected a place that can be written for /nowhere/report.html'],
])('%j ends with %d, at once', async (args, code, line) => {
  const finished = await bench(...args);
  expect(finished.err.trim().split('\n').length).toBe(1);
  expect(finished.err).toContain(line);
  expect([finished.code, finished.out, finished.left]).toEqual([code, '', []]);
});

test('--help has examples and the exit codes', async () => {
  const { code, out } = await cspcam('bench', '--help');
  expect(code).toBe(0);
  expect(out).toMatch(/Examples:\n {2}cspcam bench/);
  expect(out).toContain('3 slower than --against');
});
