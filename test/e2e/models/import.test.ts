// `cspcam models import` of what is wrong -> one line, exit code 1, and the folder as it was.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CfgText } from '../../support/cfgs.js';
import { Cspcam } from '../../support/cspcam.js';
import { weightsFile } from '../../support/small-networks.js';

const net = new CfgText(32);
net.conv(2, 3);
net.add('convolutional', { filters: 6, size: 1, activation: 'linear' });
net.add('yolo', { anchors: '4,4', num: 1, classes: 1 });
const weights = weightsFile(new Array(54 + 8 + 12 + 6).fill(0.1));
const right = { cfg: net.text, weights, names: 'person\n' };

const importWith = async (files: typeof right, ...further: string[]) => {
  const folder = mkdtempSync(join(tmpdir(), 'cspcam-import-'));
  const options = Object.entries(files).flatMap(([name, contents]) => {
    writeFileSync(join(folder, `a.${name}`), contents);
    return [`--${name}`, join(folder, `a.${name}`)];
  });
  const out = join(folder, 'model');
  const finished = await new Cspcam(['models', 'import', ...options, '--out', out, ...further]).finished();
  return { ...finished, folder: out, written: existsSync(join(out, 'model.onnx')) };
};

test('what is right', async () => {
  expect(await importWith(right)).toMatchObject({ code: 0, err: '', written: true });
});

test.each([[[]], [['--box-voting', '0.7']]])('suppression, with %j', async (further) => {
  const { folder } = await importWith(right, ...further);
  const { decoder } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  const voting = further.length > 0 ? { boxVoting: 0.7 } : {};
  expect(decoder.nms).toEqual({ kind: 'greedy', iouThreshold: 0.45, beta: 0.6, ...voting });
});

test.each<[string, Partial<typeof right>, string]>([
  ['a layer unknown', { cfg: net.text.replace('[yolo]', '[Gaussian_yolo]') }, 'layer 2 (a.cfg:'],
  [
    'weights cut',
    { weights: weights.subarray(0, -4) },
    '12 floats for layer 1 convolutional, kernel, received 11: a.weights is too short',
  ],
  [
    'weights too long',
    { weights: Buffer.concat([weights, weights]) },
    'the end of a.weights after layer 1 convolutional, received 340 more bytes',
  ],
  ['names of other classes', { names: 'person\ncar\n' }, '1 class names for a.names, received 2'],
])('%s', async (_, wrong, message) => {
  const { code, out, err, written } = await importWith({ ...right, ...wrong });
  expect({ code, out, written }).toEqual({ code: 1, out: '', written: false });
  expect(err).toContain(message);
  expect(err).toMatch(/^cspcam: expected .*\n$/);
});
