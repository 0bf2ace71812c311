// `cspcam models import` and `eval` -> the published precision of Yolo-Fastest, through the whole path.
// To renew: npm run build, then UPDATE_FIXTURES=1 PYTHON=<python with pycocotools>
// npx vitest run --project e2e-models test/e2e/models/eval

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { toSource } from '../../../models/decode/boxes.js';
import type { Detection } from '../../../models/detection.js';
import { type Evaluation, evaluate, parseAnnotations } from '../../../models/evaluate/coco.js';
import { readModelFolder } from '../../../models/folder/folder.js';
import { openDetector } from '../../../models/runtime/open.js';
import { readImage } from '../../../pipelines/images.js';
import { brightModel } from '../../support/bright-model.js';
import { Cspcam } from '../../support/cspcam.js';
import { disagreements, pycocotools } from '../../support/pycocotools.js';
import { sharedPath } from '../../support/shared.js';
import { yoloFastestFiles } from '../../support/yolo-fastest.js';

const cspcam = (...args: string[]) => new Cspcam(['models', ...args]).finished();
const folder = mkdtempSync(join(tmpdir(), 'cspcam-eval-'));

const files = yoloFastestFiles();
const data = sharedPath('data/detection/coco256/annotations.json');
const absent = files === undefined || data === undefined;

describe.skipIf(absent)(`Yolo-Fastest${absent ? ' (skipped: ../shared is absent)' : ''}`, () => {
  const model = join(folder, 'yolo-fastest');

  beforeAll(async () => {
    const { cfg, weights, names } = files!;
    const args = ['import', '--cfg', cfg, '--weights', weights, '--names', names, '--out', model, '--json'];
    const { code, out, err } = await cspcam(...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({
      name: 'yolo-fastest-1.1',
      task: 'detection',
      input: { width: 320, height: 320 },
      parameters: 346_062,
    });
  });

  test('info tells parameters, operations and layers', async () => {
    const { out } = await cspcam('info', model, '--json');
    const { bflops, layers } = JSON.parse(out);
    expect(bflops).toBeCloseTo(0.251, 3);
    expect(layers).toHaveLength(131);
  });

  test('precision on COCO pictures, letterboxed, is what it was published to be', async () => {
    const { code, out, err } = await cspcam('eval', model, '--data', data!, '--split', 'val', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const evaluation = JSON.parse(out) as Evaluation & { resize: string };
    expect(evaluation).toMatchObject({ resize: 'letterbox', images: 128 });
    expect(Math.abs(evaluation.perClass.person!.ap50! - 0.43)).toBeLessThan(0.03);
    expect(Math.abs(evaluation.vehicles!.ap50! - 0.346)).toBeLessThan(0.03);
  });

  test('agrees with pycocotools on its detections', async () => {
    const text = readFileSync(data!, 'utf8');
    const coco = parseAnnotations(text, data!);
    const folder = await readModelFolder(model);
    const detector = await openDetector(folder, { provider: 'cpu', threads: 0, minScore: 0.001 });
    const found = new Map<number, Detection[]>();
    for (const { id, file_name } of coco.images.filter(({ split }) => split === 'val')) {
      const frame = await readImage(join(data!, '../images', file_name), detector.model.input);
      const { inputBoxes } = await detector.detect(frame.pixels);
      found.set(
        id,
        inputBoxes.map((detection) => ({ ...detection, box: toSource(detection.box, frame) })),
      );
    }
    await detector.close();
    const { labels } = folder.description;
    const input = [text, readFileSync(files!.weights)];
    const theirs = pycocotools('pycocotools-yolo-fastest.json', input, coco, found, labels);
    expect(disagreements(evaluate(coco, found, labels), theirs, 0.001)).toEqual([]);
  });

  test('a table for people', async () => {
    const { code, out } = await cspcam('eval', model, '--data', data!, '--split', 'val');
    expect(code).toBe(0);
    expect(out).toMatch(/^yolo-fastest-1\.1 on 128 pictures, letterboxed\n/);
    expect(out).toMatch(/^person +350 +0\.\d{3} +0\.4\d{2} +0\.\d{3}$/m);
    expect(out).toMatch(/^vehicles, pooled +0\.\d{3} +0\.3\d{2} +0\.\d{3}$/m);
    expect(out).toMatch(/^AP by size: small 0\.\d{3}, medium 0\.\d{3}, large 0\.\d{3}$/m);
  });
});

test('spots where they were drawn are found there: precision 1', async () => {
  const pictures = mkdtempSync(join(tmpdir(), 'cspcam-spots-'));
  // Twice as wide as the network's input: half of it is border, and a cell of 8 pixels is a spot of 16.
  const spots: [number, number][][] = [
    [[16, 32]],
    [
      [0, 0],
      [304, 144],
      [160, 48],
    ],
  ];
  const coco = {
    images: spots.map((_, i) => ({ id: i + 1, file_name: `${i}.png` })),
    categories: [{ id: 1, name: 'bright' }],
    annotations: spots.flatMap((list, i) =>
      list.map(([x, y]) => ({ image_id: i + 1, category_id: 1, bbox: [x, y, 16, 16] })),
    ),
  };
  for (const [i, list] of spots.entries()) {
    const picture = sharp({ create: { width: 320, height: 160, channels: 3, background: 'black' } });
    const spot = { create: { width: 16, height: 16, channels: 3, background: 'white' } } as const;
    await picture
      .composite(list.map(([left, top]) => ({ input: spot, left, top })))
      .png()
      .toFile(join(pictures, `${i}.png`));
  }
  const data = join(folder, 'spots.json');
  writeFileSync(data, JSON.stringify(coco));
  const { code, out, err } = await cspcam(
    'eval',
    await brightModel(),
    '--data',
    data,
    '--images',
    pictures,
    '--json',
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const one = expect.closeTo(1, 9);
  expect(JSON.parse(out)).toEqual({
    model: 'bright',
    data,
    split: null,
    resize: 'letterbox',
    minScore: 0.001,
    precision: 'fp32',
    images: 2,
    ap: one,
    ap50: one,
    ap75: one,
    apSmall: one,
    apMedium: null,
    apLarge: null,
    perClass: { bright: { ap: one, ap50: one, ap75: one, truths: 4 } },
    vehicles: null,
  });
});

describe('what cannot be evaluated', () => {
  const annotations = (spread: object = {}) => ({
    images: [{ id: 1, file_name: 'gone.jpg', split: 'val' }],
    categories: [{ id: 1, name: 'bright' }],
    annotations: [],
    ...spread,
  });
  const file = (name: string, contents: object) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(contents));
    return path;
  };

  test.each<[string, (model: string) => string[], number, RegExp]>([
    [
      'no annotations',
      (model) => [model, '--data', join(folder, 'none.json')],
      1,
      /expected a readable file for .*none\.json, received ENOENT/,
    ],
    [
      'no model',
      () => [join(folder, 'none'), '--data', 'a.json'],
      1,
      /expected a model folder with model\.json for .*none, received ENOENT/,
    ],
    [
      'a picture that is gone',
      (model) => [model, '--data', file('gone.json', annotations())],
      1,
      /expected an existing file for image, received .*images\/gone\.jpg/,
    ],
    [
      'another split',
      (model) => [model, '--data', file('split.json', annotations()), '--split', 'test'],
      1,
      /expected a split that is in .*split\.json \(val\) for --split, received test/,
    ],
    [
      'no pictures',
      (model) => [model, '--data', file('empty.json', annotations({ images: [] }))],
      1,
      /expected pictures for .*empty\.json, received 0/,
    ],
    [
      'classes that the model does not know',
      (model) => [model, '--data', file('dogs.json', annotations({ categories: [{ id: 1, name: 'dog' }] }))],
      1,
      /expected one of the annotated classes \(dog\) for labels of the model, received bright/,
    ],
    ['no option', (model) => [model], 2, /required option '--data <file>' not specified/],
    [
      'a score of text',
      (model) => [model, '--data', 'a.json', '--min-score', 'low'],
      2,
      /0 to 1, received low/,
    ],
  ])('%s', async (_, args, exitCode, message) => {
    const { code, out, err } = await cspcam('eval', ...args(await brightModel()));
    expect({ code, out }).toEqual({ code: exitCode, out: '' });
    expect(err).toMatch(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});
