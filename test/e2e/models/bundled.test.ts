// `default` and `small` in place of a model folder -> the models that come along, in each command that takes a folder.

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chosenModel } from '../../../agent/inference/bundled-models.js';
import { choosePrecision } from '../../../models/runtime/precision.js';
import { brightModel } from '../../support/bright-model.js';
import { Cspcam } from '../../support/cspcam.js';

const root = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'cspcam-bundled-'));
const models = (...args: string[]) => new Cspcam(['models', ...args]).finished();
const networks = [
  ['default', 'csppeleenet-efm-sam'],
  ['small', 'cspdensenetb-ref-prn'],
] as const;

describe.each(networks)('%s', (word, network) => {
  test('info', async () => {
    const { code, out, err } = await models('info', word, '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({
      name: network,
      labels: expect.arrayContaining(['person', 'truck']),
    });
  });

  test.each([
    ['x64', 'amx_int8'],
    ['x64', 'avx512_vnni'],
    ['x64', 'avx2'],
    ['arm64', 'asimddp'],
  ])('runs in int8 by itself on %s with %s', async (architecture, flag) => {
    const { description } = await chosenModel(word);
    const cpu = { architecture, flags: new Set([flag]) };
    expect(choosePrecision(description, 'cpu', cpu, 'auto')).toMatchObject({ precision: 'int8' });
  });

  test('export', async () => {
    const { code, err } = await models('export', word, '--format', 'darknet', '--out', join(folder, word));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const cfg = readFileSync(join(folder, word, `${network}.cfg`), 'utf8');
    expect(cfg).toBe(readFileSync(join(root, 'models', word, 'network.cfg'), 'utf8'));
  });
});

test('eval', async () => {
  const data = join(folder, 'annotations.json');
  mkdirSync(join(folder, 'images'));
  copyFileSync(join(root, 'models/default/street.jpg'), join(folder, 'images/street.jpg'));
  writeFileSync(
    data,
    JSON.stringify({
      images: [{ id: 1, file_name: 'street.jpg', width: 640, height: 360 }],
      categories: [{ id: 1, name: 'person' }],
      // Who walks on the road in front of the house.
      annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [468, 108, 19, 53], area: 1007, iscrowd: 0 }],
    }),
  );
  const { code, out, err } = await models('eval', 'small', '--data', data, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({ model: 'cspdensenetb-ref-prn', images: 1 });
});

test('quantize', async () => {
  const out = join(folder, 'int8');
  const { code, err } = await models('quantize', 'small', '--data', join(folder, 'none.json'), '--out', out);
  expect(code).toBe(1);
  // The model was found, and its pictures are looked for.
  expect(err).toMatch(/none\.json, received ENOENT/);
});

test('a folder of such a name is another one by its path alone', async () => {
  const here = join(folder, 'here');
  mkdirSync(join(here, 'small'), { recursive: true });
  const bright = await brightModel();
  for (const name of ['model.json', 'model.onnx'])
    copyFileSync(join(bright, name), join(here, 'small', name));
  const info = async (model: string) => {
    const cd = ['/bin/sh', '-c', 'cd "$0" && exec "$@"', here];
    const { out } = await new Cspcam(['models', 'info', model, '--json'], {}, undefined, cd).finished();
    return JSON.parse(out).name;
  };
  expect(await info('small')).toBe('cspdensenetb-ref-prn');
  expect(await info('./small')).not.toBe('cspdensenetb-ref-prn');
});
