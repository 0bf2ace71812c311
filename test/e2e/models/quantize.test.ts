// `cspcam models quantize` -> a model folder that runs in int8, and what it loses.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { modelDescription } from '../../../models/folder/description.js';
import { readDarknetPair, readModelFolder, writeModelFolder } from '../../../models/folder/folder.js';
import { brightModel } from '../../support/bright-model.js';
import { ffmpegExists, makeClips } from '../../support/clips.js';
import { cspcam } from '../../support/cspcam.js';
import { sharedPath } from '../../support/shared.js';
import { yoloFastestFiles } from '../../support/yolo-fastest.js';

const folder = () => mkdtempSync(join(tmpdir(), 'cspcam-quantize-'));
const models = async (...args: string[]) => {
  const finished = await cspcam('models', ...args);
  expect(finished).toMatchObject({ code: 0, err: '' });
  return finished.out;
};

async function pictures(count: number): Promise<string> {
  const place = folder();
  for (let i = 0; i < count; i++) {
    const noise = { type: 'gaussian', mean: 60 + 40 * i, sigma: 40 } as const;
    const picture = { width: 120, height: 80, channels: 3, background: 'black', noise } as const;
    await sharp({ create: picture })
      .png()
      .toFile(join(place, `${i}.png`));
  }
  return place;
}

describe('a network of the catalogue', () => {
  const place = folder();
  const model = join(place, 'model');

  beforeAll(async () => {
    const network = ['--size', '64', '--classes', '2', '--activation', 'relu', '--seed', '7'];
    await models('build', 'yolov4-tiny', ...network, '--out', model);
  });

  test('on a folder of pictures, with the worst layers in floats', async () => {
    const out = join(place, 'int8');
    const data = await pictures(5);
    const printed = await models(
      ...['quantize', model, '--data', data, '--pictures', '3', '--method', 'percentile'],
      ...['--keep-fp32', '2', '--out', out, '--json'],
    );
    const errors = JSON.parse(readFileSync(join(out, 'sensitivity.json'), 'utf8')) as {
      name: string;
      operator: string;
      sqnrDb: number;
    }[];
    // The table is rounded: of layers that are equally bad in it, either may be the one that was kept.
    const kept = (JSON.parse(printed) as { quantization: { keptFp32: string[] } }).quantization.keptFp32;
    const worst = errors.filter(({ name }) => kept.includes(name)).map(({ sqnrDb }) => sqnrDb);
    const others = errors.filter(({ name }) => !kept.includes(name)).map(({ sqnrDb }) => sqnrDb);
    expect([kept.length, worst.length]).toEqual([2, 2]);
    expect(Math.max(...worst)).toBeLessThanOrEqual(Math.min(...others));
    const quantization = {
      method: 'percentile',
      data,
      pictures: 3,
      biasCorrection: true,
      keptFp32: kept,
    };
    expect(JSON.parse(printed)).toMatchObject({ name: 'yolov4-tiny-int8', precision: 'int8', quantization });
    const svg = readFileSync(join(out, 'sensitivity.svg'), 'utf8');
    expect(svg.match(/<rect x=/g)).toHaveLength(errors.length);
    expect(svg.match(/fill="#d9541e"/g)).toHaveLength(2);
    expect(await sharp(join(out, 'sensitivity.png')).metadata()).toMatchObject({
      format: 'png',
      width: 1200,
    });

    const description = modelDescription.parse(JSON.parse(readFileSync(join(out, 'model.json'), 'utf8')));
    const before = modelDescription.parse(JSON.parse(readFileSync(join(model, 'model.json'), 'utf8')));
    const { 'ranges.json': ranges, ...floats } = description.files;
    expect(ranges!.bytes).toBeGreaterThan(1000);
    expect(floats).toEqual(before.files);
    const { accuracy, speed, ...made } = description.quantization!;
    expect({ ...description, ...before, quantization: made }).toEqual({ ...before, quantization });
    // Two pictures were left to compare with what floats find, in the forms that this processor computes right.
    expect(accuracy).toMatchObject({ of: 'floats', pictures: 2, calibrated: false });
    expect(Object.keys(accuracy!.forms)).toContain('bounded-pairs');
    expect(speed!.ratio).toBeGreaterThan(0);
    expect(await models('info', out)).toMatch(
      /^yolov4-tiny-int8, .*, int8, calibrated on 3 pictures by percentile\n(fp32|int8): .*\n/,
    );
    const found = await cspcam('detect', join(data, '0.png'), '--model', out, '--json');
    expect(found).toMatchObject({ code: 0, err: '' });
  });

  test.skipIf(!ffmpegExists)('on a clip: frames half a second apart', async () => {
    const out = join(place, 'of-clip');
    const clips = await makeClips();
    const clip = await clips.make('clip.mp4', 'testsrc2=s=160x120:r=10:d=3');
    const printed = await models('quantize', model, '--data', clip, '--out', out, '--json');
    expect(JSON.parse(printed).quantization).toMatchObject({ data: clip, pictures: 6, method: 'mse' });
    expect(existsSync(join(out, 'sensitivity.json'))).toBe(false);
    await clips.close();
  });

  test('layers by name, biases as they are', async () => {
    const out = join(place, 'named');
    const data = await pictures(1);
    const printed = await models(
      ...['quantize', model, '--data', data, '--keep-fp32', 'conv_0, conv_1', '--no-bias-correction'],
      ...['--name', 'other', '--out', out, '--json'],
    );
    expect(JSON.parse(printed)).toMatchObject({
      name: 'other',
      quantization: { keptFp32: ['conv_0', 'conv_1'], biasCorrection: false, pictures: 1 },
    });
  });

  test('in place, and again: floats and name stay as they are', async () => {
    const [data, out] = [await pictures(1), join(place, 'in-place')];
    const args = ['--data', data, '--out', out, '--json'];
    await models('quantize', model, ...args);
    const first = readFileSync(join(out, 'model.onnx'));
    const again = JSON.parse(await models('quantize', out, ...args, '--method', 'minmax'));
    expect(again).toMatchObject({ name: 'yolov4-tiny-int8', quantization: { method: 'minmax' } });
    // Not toEqual: it looks at 24 million numbers one by one, and keeps them all.
    expect(readFileSync(join(out, 'model.onnx')).equals(first)).toBe(true);
  });

  test('an int8 folder of an earlier version is refused in one line, and can be quantized again', async () => {
    const [data, old] = [await pictures(1), join(place, 'old')];
    const { files: _, ...description } = modelDescription.parse(
      JSON.parse(readFileSync(join(model, 'model.json'), 'utf8')),
    );
    const darknet = await readDarknetPair(await readModelFolder(model));
    const integers = Buffer.from('a network in integers');
    await writeModelFolder(old, { ...description, precision: 'int8' }, integers, darknet);
    const line =
      /expected ranges\.json in .*old, received a model that an earlier version made int8, .*: quantize it again/;
    const { code, err } = await cspcam('detect', join(data, '0.png'), '--model', old);
    expect([code, err.trimEnd().split('\n').length]).toEqual([1, 1]);
    expect(err).toMatch(line);
    expect(await models('info', old)).toMatch(line);
    const out = join(place, 'renewed');
    await models('quantize', old, '--data', data, '--out', out);
    expect(readFileSync(join(out, 'model.onnx')).equals(readFileSync(join(model, 'model.onnx')))).toBe(true);
    expect(await cspcam('detect', join(data, '0.png'), '--model', out)).toMatchObject({ code: 0, err: '' });
  });

  test.each<[string, () => Promise<string[]> | string[], RegExp]>([
    ['no pictures', () => ['--data', folder()], /expected pictures for .*, received 0/],
    ['nothing there', () => ['--data', join(place, 'none.mp4')], /none\.mp4/],
    [
      'a layer unknown',
      async () => ['--data', await pictures(1), '--keep-fp32', 'conv_99'],
      /expected nodes of the network, as sensitivity\.json names them for --keep-fp32, received conv_99/,
    ],
    [
      'a split of a folder',
      async () => ['--data', await pictures(1), '--split', 'train'],
      /expected annotations \(\.json\) beside --split for --data/,
    ],
  ])('%s: one line, and no folder', async (_, args, message) => {
    const out = join(folder(), 'out');
    const { code, err } = await cspcam('models', 'quantize', model, ...(await args()), '--out', out);
    expect(err).toMatch(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  test('a folder of ONNX alone', async () => {
    const out = join(place, 'bright');
    const args = ['quantize', await brightModel(), '--data', await pictures(1), '--out', out];
    expect(await models(...args)).toMatch(/\n\d+ of \d+ convolutions in integers.*\n(fp32|int8): /);
    const found = await cspcam(
      'detect',
      join(await pictures(1), '0.png'),
      '--model',
      out,
      '--precision',
      'int8',
    );
    expect(found).toMatchObject({ code: 0, err: '' });
  });

  test('cameras of a configuration: one that gives nothing is named, and the others go on', async () => {
    const [config, out] = [join(folder(), 'cspcam.yaml'), join(place, 'of-cameras')];
    const source = 'test:ball?width=160&height=120&fps=10';
    const cameras = { ball: { source }, dead: { source: 'rtsp://127.0.0.1:9/none' } };
    writeFileSync(config, JSON.stringify({ device: 'x', mqtt: { url: 'mqtt://127.0.0.1:1' }, cameras }));
    const args = ['--camera', 'all', '--config', config, '--minutes', '0.15', '--pictures', '4', '--still'];
    const {
      code,
      out: printed,
      err,
    } = await cspcam(
      ...['models', 'quantize', model, ...args, '--keep-fp32', 'conv_0', '--out', out, '--json'],
    );
    expect(err).toMatch(/^no frames of camera dead: .+\n$/);
    expect(code).toBe(0);
    const { quantization } = JSON.parse(printed);
    expect(quantization.data).toBe('cameras: all');
    expect([1, 2]).toContain(quantization.pictures);
  });

  test('annotations of which no picture has the split', async () => {
    const data = join(folder(), 'annotations.json');
    const images = [{ id: 1, file_name: 'a.jpg', split: 'val' }];
    writeFileSync(data, JSON.stringify({ images, categories: [], annotations: [] }));
    const args = ['--data', data, '--split', 'train', '--out', join(place, 'split')];
    const { code, err } = await cspcam('models', 'quantize', model, ...args);
    expect(code).toBe(1);
    expect(err).toMatch(/expected pictures of --split for .*annotations\.json, received train/);
    const measured = [
      '--data',
      await pictures(1),
      '--eval',
      data,
      '--eval-split',
      'vall',
      '--out',
      `${place}/eval`,
    ];
    expect(await cspcam('models', 'quantize', model, ...measured)).toEqual({
      code: 1,
      out: '',
      err: `cspcam: expected pictures of --eval-split for ${data}, received vall\n`,
    });
  });

  test('--eval-split without annotations', async () => {
    const args = ['--data', await pictures(1), '--eval-split', 'val', '--out', join(place, 'unmeasured')];
    expect(await cspcam('models', 'quantize', model, ...args)).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /^cspcam: expected annotations \(\.json\), by --eval or --data, beside --eval-split\b/,
      ),
    });
  });
});

const files = yoloFastestFiles();
const data = sharedPath('data/detection/coco256/annotations.json');
const absent = files === undefined || data === undefined;

test.skipIf(absent)(
  `Yolo-Fastest, calibrated on other pictures, loses 3 points of AP50 at most${absent ? ' (skipped: ../shared is absent)' : ''}`,
  async () => {
    const place = folder();
    const [model, int8] = [join(place, 'model'), join(place, 'int8')];
    const { cfg, weights, names } = files!;
    await models('import', '--cfg', cfg, '--weights', weights, '--names', names, '--out', model);
    await models('quantize', model, '--data', data!, '--split', 'train', '--out', int8);
    // Weighted by boxes: the mean over classes, many of which have one box or two, moves by 1.3 points where a single
    // bias is rounded otherwise.
    const ap50 = async (of: string) => {
      const printed = await models('eval', of, '--data', data!, '--split', 'val', '--json');
      const classes = Object.values<{ ap50: number | null; truths: number }>(JSON.parse(printed).perClass);
      const boxes = classes.reduce((sum, { truths }) => sum + truths, 0);
      return classes.reduce((sum, { ap50, truths }) => sum + (ap50 ?? 0) * truths, 0) / boxes;
    };
    expect((await ap50(model)) - (await ap50(int8))).toBeLessThan(0.03);
  },
);
