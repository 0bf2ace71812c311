// `cspcam models import FILE.onnx` -> a folder that detects, words on what it is, and one line for options that do not fit.

import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cspcam } from '../../support/cspcam.js';
import { rightFile } from '../../support/hostile-files.js';
import { sharedPath } from '../../support/shared.js';

const folder = mkdtempSync(join(tmpdir(), 'cspcam-import-onnx-'));
const file = join(folder, 'right.onnx');
writeFileSync(file, rightFile);
const STREET = resolve(import.meta.dirname, '../../../models/default/street.jpg');

test('words on what it is', async () => {
  const out = join(folder, 'words');
  const { code, out: words, err } = await cspcam('models', 'import', file, '--out', out);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(words.split('\n')).toEqual([
    expect.stringMatching(/words: right, detection, 96x96, 3 classes, 0\.00 M parameters/),
    'yolov8: 189 boxes of 4 coordinates and 3 classes',
    'pictures: letterboxed in the centre on grey level 114; RGB, less 0, 0, 0, by 255, 255, 255, NCHW float32 in the file',
    '',
  ]);
  const info = await cspcam('models', 'info', out, '--json');
  expect(JSON.parse(info.out)).toMatchObject({ name: 'right', layers: expect.any(Array) });
  const plot = join(folder, 'costs.svg');
  expect((await cspcam('models', 'info', out, '--plot', plot)).code).toBe(0);
  expect(existsSync(plot)).toBe(true);
  const exported = await cspcam(
    'models',
    'export',
    out,
    '--format',
    'onnx',
    '--out',
    join(folder, 'exported'),
  );
  expect([exported.code, exported.err]).toEqual([
    1,
    expect.stringMatching(
      /made of Darknet files for .*words, received one .* from ONNX: its network is .*model\.onnx\n$/,
    ),
  ]);
});

test.each(['plain', 'slash/', 'dots/../dots/.'])(
  'the picture with boxes is beside the folder: --out %s',
  async (out) => {
    const name = out.split('/')[0]!;
    const done = await cspcam(
      'models',
      'import',
      file,
      '--out',
      `${folder}/${out}`,
      '--check',
      STREET,
      '--json',
    );
    expect({ code: done.code, err: done.err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(done.out).check.file).toBe(join(folder, `${name}-check.jpg`));
    expect(readdirSync(join(folder, name)).toSorted()).toEqual(['model.json', 'model.onnx']);
    expect(existsSync(join(folder, `${name}-check.jpg`))).toBe(true);
  },
);

test('a picture that cannot be read is said before anything is written', async () => {
  const out = join(folder, 'unchecked');
  const { code, err } = await cspcam('models', 'import', file, '--out', out, '--check', file);
  expect([code, existsSync(out)]).toEqual([1, false]);
  expect(err).toMatch(/^cspcam: expected an image that can be read .*\n$/);
});

const wrong: [options: string[], line: RegExp][] = [
  [[], /an ONNX file, or --cfg, --weights, --names and --out of Darknet files/],
  [[file, '--cfg', 'a.cfg'], /expected Darknet files for --cfg/],
  [['--cfg', 'a.cfg', '--labels', 'coco'], /expected an ONNX file for --labels/],
  [[file, '--padding', '3'], /expected --resize for --padding/],
  [[file, '--resize', 'stretch', '--padding', '3'], /expected a letterbox for --padding/],
  [[file, '--size', '640x380'], /expected a multiple of 32 from 32 to 4096, received 380/],
  [[file, '--size', '640x384x3'], /expected a size like 640 or 640x384, received 640x384x3/],
  [[file, '--mean', '1,2'], /expected one number, or three/],
  [[file, '--kind', 'yolov99'], /yolov99/],
];

describe('wrong use', () => {
  test.each(wrong)('%j', async (options, line) => {
    const { code, out, err } = await cspcam('models', 'import', ...options);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(line);
  });
});

const published: [
  name: string,
  path: string,
  options: string[],
  decoder: string,
  licence: RegExp | undefined,
][] = [
  ['YOLOX-nano', 'weights/yolox-nano/yolox_nano.onnx', ['--labels', 'coco'], 'yolox', undefined],
  ['YOLOv8n', 'weights/yolov8n-dynamic-int8/yolov8n.onnx', [], 'yolov8', /^AGPL-3\.0/],
];

describe.each(published)('%s', (name, path, options, kind, licence) => {
  const network = sharedPath(path);

  test.skipIf(network === undefined)('its boxes on a picture of a street', async () => {
    const out = join(folder, name);
    const finished = await cspcam(
      'models',
      'import',
      network!,
      ...options,
      '--out',
      out,
      '--check',
      STREET,
      '--json',
    );
    expect({ code: finished.code, err: finished.err }).toEqual({ code: 0, err: '' });
    const { decoder, check, provenance, labels } = JSON.parse(finished.out);
    expect([decoder.kind, labels.length, labels[0]]).toEqual([kind, 80, 'person']);
    if (licence) expect(provenance.licence).toMatch(licence);
    expect(existsSync(check.file)).toBe(true);
    // Who walks on the road in front of the house: 468, 108 to 487, 161.
    const walker = check.detections.find(
      ({ label, box }: { label: string; box: number[] }) =>
        label === 'person' && Math.abs(box[0]! - 468) < 4 && Math.abs(box[3]! - 161) < 4,
    );
    expect(walker.score).toBeGreaterThan(0.5);
  });
});
