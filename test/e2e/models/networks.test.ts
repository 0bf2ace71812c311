// cspcam models list | build | export | info on networks of the catalogue.

import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { cspcam } from '../../support/cspcam.js';
import { readOnnx } from '../../support/onnx-model.js';

const folder = () => mkdtempSync(join(tmpdir(), 'cspcam-networks-'));
const models = async (...args: string[]) => {
  const finished = await cspcam('models', ...args);
  expect(finished.err).toBe('');
  expect(finished.code).toBe(0);
  return finished.out;
};

test('list --json has what other programs rely on', async () => {
  const rows = JSON.parse(await models('list', '--json')) as Record<string, unknown>[];
  expect(rows.length).toBeGreaterThan(50);
  for (const row of rows)
    expect(row).toMatchObject({
      name: expect.stringMatching(/^[a-z0-9-]+$/),
      task: expect.stringMatching(/^(classification|detection)$/),
      size: expect.any(Number),
      parameters: expect.any(Number),
      bflops: expect.any(Number),
      published: { source: expect.any(String) },
      inferred: expect.any(Boolean),
    });
  expect(rows.find(({ name }) => name === 'csppeleenet-efm-sam')).toMatchObject({
    size: 416,
    published: { parameters: 4.31, bflops: 5.068, ap: 26.8, ap50: 49 },
    otherSizes: [{ size: 512, published: { bflops: 7.68 } }],
  });
});

test('build, export, import: the same bytes', async () => {
  const out = folder();
  const network = ['--size', '96', '--classes', '2', '--activation', 'relu', '--new-coords', '--seed', '7'];
  const built = join(out, 'built');
  expect(await models('build', 'cspdensenetb-ref-prn', ...network, '--out', built)).toContain(
    'detection, 96x96, 2 classes',
  );
  await models('export', built, '--format', 'darknet', '--out', join(out, 'of-folder'));
  await models(
    'export',
    'cspdensenetb-ref-prn',
    ...network,
    '--format',
    'darknet',
    '--out',
    join(out, 'of-name'),
  );
  const file = (of: string, extension: string) => join(out, of, `cspdensenetb-ref-prn.${extension}`);
  for (const extension of ['cfg', 'weights'])
    expect(readFileSync(file('of-folder', extension)).equals(readFileSync(file('of-name', extension)))).toBe(
      true,
    );

  const imported = join(out, 'imported');
  const trained = ['--weights', file('of-name', 'weights')];
  await models('build', 'cspdensenetb-ref-prn', ...network.slice(0, -2), ...trained, '--out', imported);
  for (const name of ['model.onnx', 'network.cfg', 'network.weights'])
    expect(readFileSync(join(imported, name)).equals(readFileSync(join(built, name)))).toBe(true);
});

test('a cfg alone where no weights were asked for', async () => {
  const out = folder();
  const printed = await models('export', 'yolov4-tiny', '--format', 'darknet', '--out', out);
  expect(printed).toBe(`${join(out, 'yolov4-tiny.cfg')}\n`);
  expect(existsSync(join(out, 'yolov4-tiny.weights'))).toBe(false);
});

test('ONNX with float input', async () => {
  const out = folder();
  await models('export', 'cspdensenetb-ref-prn', '--size', '64', '--format', 'onnx', '--out', out);
  const { inputs, opset } = readOnnx(readFileSync(join(out, 'cspdensenetb-ref-prn.onnx')));
  expect({ inputs, opset }).toEqual({ inputs: [1], opset: 13 });
});

test('info with a chart of two networks', async () => {
  const out = folder();
  const [svg, png] = [join(out, 'costs.svg'), join(out, 'costs.png')];
  const printed = await models('info', 'csppeleenet-efm', '--plot', svg, '--against', 'peleenet-prn');
  expect(printed).toContain('4.865 BFLOPs');
  expect(printed).toContain('published: paper, table 2, 4.868 BFLOPs');
  await models('info', 'csppeleenet-efm', '--plot', png, '--against', 'peleenet-prn');
  // A bar for each layer that costs something, and one for each network's name.
  const bars = [...readFileSync(svg, 'utf8').matchAll(/<rect [^>]*fill="#(?:0072b2|d55e00)"/g)];
  expect(bars.length).toBeGreaterThan(400);
  expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 1200 });
});

test.each([
  [['build', 'cspnet', '--out', 'x'], 1, 'for the network’s name, received cspnet'],
  [['build', 'yolov4-tiny', '--size', '100', '--out', 'x'], 2, 'a multiple of 32'],
  [['build', 'yolov4-tiny', '--classes', '0', '--out', 'x'], 2, 'an integer from 1 to 10000'],
  [
    ['build', 'yolov4-tiny', '--seed', '1', '--weights', 'x', '--out', 'x'],
    2,
    'expected one of --seed and --weights for the network, received both',
  ],
  [
    ['export', 'densenet-201-elastic', '--format', 'darknet', '--out', '/nonexistent'],
    1,
    'layers that Darknet has for layer 10, received [bilinear_upsample]',
  ],
  [['info', 'yolov4-tiny', '--plot', 'x.gif'], 2, 'a name that ends in .svg or .png'],
  [['info', 'yolov4-tiny', '--against', 'yolov3-tiny'], 2, '--plot beside --against'],
  [['info', 'no-such-folder'], 1, 'a model folder with model.json for no-such-folder'],
] as const)('%j', async (args, code, message) => {
  const finished = await cspcam('models', ...args);
  expect(finished.err).toContain(message);
  expect(finished.err).toMatch(/^cspcam: [^\n]*\n$/);
  expect({ code: finished.code, out: finished.out }).toEqual({ code, out: '' });
});
