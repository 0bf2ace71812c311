// What makes `cspcam bench` a standard benchmark, as a user types it: any folder, accuracy, cameras, starts, layers, suites.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BenchResult } from '../../../agent/bench/result.js';
import { bench, parse, scratch } from '../../support/bench-command.js';
import { BRIGHT_SIZE, brightModel } from '../../support/bright-model.js';
import { cspcam } from '../../support/cspcam.js';
import { referenceAs } from '../../support/engines.js';
import { openBrowser } from '../../support/page.js';
import { expectReadable } from '../../support/report-page.js';
import { CTRL_C, Terminal } from '../../support/terminal.js';

const TINY = resolve(import.meta.dirname, '../../fixtures/bench/tiny-suite.json');
const opened = await openBrowser();
afterAll(() => opened?.close());

const { CSPCAM_ENGINES } = process.env;
const SMALL = ['--model', 'yolov3-tiny-prn', '--size', '64', '--threads', '1'];

test('multistream: as many cameras as trials say', async () => {
  const args = ['--scenario', 'multistream', '--fps', '5', '--max-age', '500', '--duration', '0.2'];
  const { code, out, left } = await bench(...SMALL, ...args, '--json');
  expect([code, left]).toEqual([0, []]);
  const [row] = parse(out).results;
  const { cameras, cameraFps, maxAgeMs, dropped, trials } = row!.multistream!;
  expect([row!.scenario, cameraFps, maxAgeMs]).toEqual(['multistream', 5, 500]);
  expect(trials[0]!.cameras).toBe(1);
  const within = trials.filter((trial) => trial.isWithin).map((trial) => trial.cameras);
  expect(cameras).toBe(Math.max(0, ...within));
  const best = trials.find((trial) => trial.cameras === cameras && trial.isWithin);
  if (best) expect([best.dropped, best.inTime >= 0.99]).toEqual([dropped, true]);
  expect(trials.every(({ isWithin, inTime }) => isWithin === inTime >= 0.99)).toBe(true);
});

test('cold starts: without and with a kept network, in processes that leave nothing', async () => {
  const { code, out, left } = await bench(...SMALL, '--scenario', 'coldstart', '--json');
  expect([code, left]).toEqual([0, []]);
  const { results, starts } = parse(out);
  expect(results).toEqual([]);
  expect(starts!.map(({ kept, processes }) => [kept, processes])).toEqual([
    [false, 5],
    [true, 5],
  ]);
  for (const { openMs, firstResultMs, peakRssMB, pssMB } of starts!) {
    expect(Math.min(openMs, firstResultMs)).toBeGreaterThan(0);
    // A Node process with ONNX Runtime is larger than one without, and the whole machine is smaller.
    expect(peakRssMB).toBeGreaterThan(40);
    expect(peakRssMB).toBeLessThan(2000);
    expect(pssMB).toBeLessThanOrEqual(peakRssMB! + 1);
  }
});

test('an engine computes as it does for the agent, and says in what', async () => {
  process.env['CSPCAM_ENGINES'] = await referenceAs('openvino');
  onTestFinished(() => {
    process.env['CSPCAM_ENGINES'] = CSPCAM_ENGINES;
  });
  const { code, out } = await bench(
    ...[...SMALL, '--provider', 'openvino', '--scenario', 'single', '--duration', '0.2', '--json'],
  );
  const [{ precision, provider, form }] = parse(out).results as [BenchResult];
  expect([code, provider, precision]).toEqual([0, 'openvino', 'fp32']);
  expect(form).toMatch(/^reference [\d.]+ on CPU computes in f32$/);
});

test('--layers: every kernel of the network, beside its prediction', async () => {
  const { code, out, left } = await bench(...SMALL, '--layers', '--precision', 'fp32,int8', '--json');
  expect([code, left]).toEqual([0, []]);
  const { results, layers } = parse(out);
  expect([results.length, layers!.length]).toEqual([0, 2]);
  for (const { precision, kernels, classes, kernelsMs, layers: all, predictedMs } of layers!) {
    const sum = (rows: readonly { ms: number }[]) => rows.reduce((total, { ms }) => total + ms, 0);
    expect(sum(kernels)).toBeCloseTo(kernelsMs, 1);
    expect(sum(classes)).toBeCloseTo(kernelsMs, 1);
    expect(all.reduce((total, one) => total + one.predictedMs!, 0)).toBeCloseTo(predictedMs!, 1);
    // 3.467 BFLOPs at 416, of which the network at 64 has its share; pools and sums are Darknet's alone.
    const gop = classes.reduce((total, one) => total + (one.gop ?? 0), 0);
    if (precision === 'fp32') expect(gop / (3.467 * (64 / 416) ** 2)).toBeCloseTo(1, 1);
    // What belongs to a layer is nearly all: the cast of the picture and changes of layout do not.
    expect(sum(all)).toBeGreaterThan(0.5 * kernelsMs);
  }
  const table = await bench(...SMALL, '--layers');
  expect(table.out).toMatch(/^kernels +number +ms +of the time/m);
  expect(table.out).toMatch(/^layer +type +ms +of the time +predicted ms/m);
});

/** Bright squares on black, and one that is annotated elsewhere: precision is neither 0 nor 1. */
async function brightPictures(): Promise<string> {
  const folder = scratch();
  mkdirSync(join(folder, 'images'));
  const places = [16, 48, 96];
  for (const [i, place] of places.entries()) {
    const spot = { create: { width: 8, height: 8, channels: 3 as const, background: '#fff' } };
    await sharp({ create: { width: BRIGHT_SIZE, height: BRIGHT_SIZE, channels: 3, background: '#000' } })
      .composite([{ input: spot, left: place, top: place }])
      .png()
      .toFile(join(folder, 'images', `${i}.png`));
  }
  const file = join(folder, 'annotations.json');
  const box = (i: number) => (i === 2 ? 0 : places[i]!);
  const annotations = {
    images: places.map((_, id) => ({ id, file_name: `${id}.png`, split: id === 0 ? 'train' : 'val' })),
    categories: [{ id: 1, name: 'bright' }],
    annotations: places.map((_, id) => ({ image_id: id, category_id: 1, bbox: [box(id), box(id), 8, 8] })),
  };
  writeFileSync(file, JSON.stringify(annotations));
  return file;
}

describe('a folder without Darknet files', () => {
  test('is measured, without a prediction; its kernels by themselves', async () => {
    const model = await brightModel();
    const { code, out } = await bench(
      ...['--model', model, '--duration', '0.2', '--layers', '--scenario', 'single,offline', '--json'],
    );
    expect(code).toBe(0);
    const { results, layers } = parse(out);
    expect(results.map(({ scenario }) => scenario)).toEqual(['single', 'offline']);
    expect(layers![0]!.kernels.length).toBeGreaterThan(0);
    // A prediction is welcome where there is one; what is there must be whole.
    const { predictedMs } = layers![0]!;
    expect(layers![0]!.kernels.every(({ layer }) => layer === null)).toBe(predictedMs === null);
  });

  test.each([
    [['--size', '96'], 'expected the size that bright has, as only Darknet networks are made anew'],
    [['--precision', 'int8'], 'expected a precision that bright has, as only Darknet networks are made anew'],
  ])('%j is one line', async (args, line) => {
    const { code, err, left } = await bench('--model', await brightModel(), '--duration', '0.1', ...args);
    expect([code, left, err.trim().split('\n').length]).toEqual([1, [], 1]);
    expect(err).toContain(line);
  });

  test('--data: accuracy beside speed is that of models eval', async () => {
    const [model, data] = [await brightModel(), await brightPictures()];
    const args = ['--data', data, '--split', 'val'];
    const { code, out } = await bench('--model', model, '--duration', '0.2', ...args, '--json');
    expect(code).toBe(0);
    const evaluated = JSON.parse((await cspcam('models', 'eval', model, ...args, '--json')).out);
    const { results } = parse(out);
    for (const { accuracy } of results) {
      expect(accuracy).toMatchObject({ data: 'annotations.json', split: 'val', images: 2 });
      expect(accuracy!.ap50).toEqual({ persons: null, vehicles: null, all: expect.any(Number) });
      expect(accuracy!.ap50.all).toBeCloseTo(evaluated.ap50, 4);
    }
    // One of two is where it is annotated.
    expect(evaluated.ap50).toBeGreaterThan(0.3);
    expect(evaluated.ap50).toBeLessThan(0.7);
    const table = await bench('--model', model, '--duration', '0.2', ...args);
    expect(table.out).toMatch(/AP50 persons +AP50 vehicles +AP50 all$/m);
  });
});

describe('suites', () => {
  const folder = scratch();
  const [json, html] = [join(folder, 'a.json'), join(folder, 'a.html')];
  let tiny: Awaited<ReturnType<typeof bench>>;
  beforeAll(async () => {
    tiny = await bench('--suite', TINY, '--json', json, '--html', html);
  });

  test('a small one: all of it, and nothing of it to be submitted', async () => {
    const { code, out, left } = tiny;
    expect([code, left]).toEqual([0, []]);
    expect(out).toMatch(/^suite tiny, sha256 [0-9a-f]{64}$/m);
    const { suite, results, starts, layers } = parse(readFileSync(json, 'utf8'));
    expect(suite!.name).toBe('tiny');
    expect(results.map(({ scenario, precision }) => `${scenario} ${precision}`)).toEqual(
      ['single', 'offline', 'multistream'].flatMap((one) => [`${one} fp32`, `${one} int8`]),
    );
    expect([starts!.length, layers!.length]).toEqual([4, 2]);
    expect(readFileSync(html, 'utf8')).toContain('<h1>Benchmark: tiny</h1>');

    const submitted = await bench('--submit', json, '--to', folder);
    expect([submitted.code, submitted.out]).toEqual([1, '']);
    expect(submitted.err).toMatch(/^cspcam: expected a run that can be compared, .* suite of this version/);
    expect(readdirSync(folder).toSorted()).toEqual(['a.html', 'a.json']);
  });

  test.skipIf(opened === undefined)('its report can be read', () =>
    expectReadable(opened!, html, 'suite', [
      /cold start/,
      /time by layer/,
      /time by kind/,
      /cameras within/,
      /latencies/,
    ]),
  );

  test('a network that is not the one that was frozen is refused', async () => {
    const definition = JSON.parse(readFileSync(TINY, 'utf8'));
    definition.networks[0].weights = '0'.repeat(64);
    const other = join(scratch(), 'other.json');
    writeFileSync(other, JSON.stringify(definition));
    const { code, err, left } = await bench('--suite', other);
    expect([code, left]).toEqual([1, []]);
    expect(err).toMatch(/^cspcam: expected sha256 0{64} for network.weights of yolov3-tiny-prn 64 in tiny/);
  });

  test('the public table is printed of submissions alone', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'a.json'), '{}');
    const { code, err } = await bench('--results', folder);
    expect([code, err.trim().split('\n').length]).toEqual([1, 1]);
    expect(err).toContain('expected what cspcam bench --submit writes');
  });

  test('Ctrl-C while starts and layers are measured leaves nothing', async () => {
    const [folder, temporary] = [scratch(), scratch()];
    const definition = JSON.parse(readFileSync(TINY, 'utf8'));
    const long = {
      ...definition,
      // Not even one camera, which is soon known.
      multistream: { ...definition.multistream, maxAgeMs: 0.001 },
      coldstart: { ...definition.coldstart, processes: 500 },
    };
    const file = join(scratch(), 'long.json');
    writeFileSync(file, JSON.stringify(long));
    const json = join(folder, 'a.json');
    const terminal = new Terminal(['bench', '--suite', file, '--json', json], { TMPDIR: temporary });
    await expect
      .poll(() => readdirSync(temporary, { recursive: true }).join(' '), { timeout: 200_000 })
      .toContain('starts');
    await terminal.press(CTRL_C);
    expect(await terminal.finished()).toBe(1);
    expect(terminal.text).toContain('cspcam: interrupted; nothing was written');
    expect([readdirSync(folder), readdirSync(temporary)]).toEqual([[], []]);
  });
});

test.each([
  [['--suite', 'edge-0'], 2, 'expected one of edge-1, or a file NAME.json for --suite, received edge-0'],
  [['--suite', 'edge-1', '--size', '320'], 2, 'expected --suite without --size: the suite says what is run'],
  [['--suite', 'edge-1', '--max-age', '9'], 2, 'expected --suite without --max-age: the suite says'],
  [['--submit', 'missing.json'], 1, 'expected a readable file for missing.json'],
  [['--submit', 'a.json', '--html', 'b.html'], 2, 'expected --submit without --html: nothing is measured'],
  [['--results', 'nowhere'], 1, 'expected a folder for nowhere'],
  [['--split', 'val'], 2, 'expected --data beside --split'],
  [['--data', 'missing.json'], 1, 'expected a readable file for missing.json'],
  [['--max-age', '0'], 2, 'expected a number above 0'],
  [['--fps', 'many'], 2, 'expected a number above 0'],
])('%j ends with %d, at once', async (args, code, line) => {
  const finished = await bench(...args);
  expect(finished.err.trim().split('\n').length).toBe(1);
  expect(finished.err).toContain(line);
  expect([finished.code, finished.out, finished.left]).toEqual([code, '', []]);
});

test('random weights are not evaluated', async () => {
  const { code, err } = await bench(...SMALL, '--data', await brightPictures());
  expect([code, err]).toEqual([1, expect.stringContaining('expected trained weights')]);
});
