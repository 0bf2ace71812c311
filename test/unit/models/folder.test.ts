// A model folder -> what is read, or one line that says what is wrong with it.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ModelDescription } from '../../../models/folder/description.js';
import { readModelFolder, readNetworkFile, writeModelFolder } from '../../../models/folder/folder.js';

const network = Uint8Array.of(1, 2, 3);
const description: Omit<ModelDescription, 'files'> = {
  schemaVersion: 1,
  name: 'two',
  task: 'detection',
  input: {
    name: 'pixels',
    ...{ width: 64, height: 32, layout: 'NCHW', type: 'uint8', colour: 'RGB' },
    resize: { kind: 'letterbox', align: 'centre', padding: 0 },
  },
  labels: ['person', 'car'],
  decoder: {
    kind: 'yolo',
    classes: 2,
    heads: [
      { output: 'yolo_1', grid: { width: 2, height: 1 }, anchors: [[3, 4]], scaleXY: 1.05, newCoords: true },
    ],
    nms: { kind: 'diou', iouThreshold: 0.45, beta: 0.6 },
  },
  parameters: 10,
  bflops: 0.1,
  layers: [],
  provenance: { format: 'test' },
};

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'cspcam-folder-')), 'deep', 'two');
});
afterEach(() => rmSync(join(folder, '../..'), { recursive: true }));

test('what is written is read back, over an older one as well', async () => {
  await writeModelFolder(folder, { ...description, name: 'older' }, Uint8Array.of(9));
  const written = await writeModelFolder(folder, description, network);
  const read = await readModelFolder(folder);
  expect(read).toEqual(written);
  expect(read.description).toMatchObject(description);
  expect(new Uint8Array(await readNetworkFile(read))).toEqual(network);
  expect(readdirSync(folder).sort()).toEqual(['model.json', 'model.onnx']);
});

test.each([
  ['changed', Uint8Array.of(1, 2, 4)],
  ['cut', Uint8Array.of(1, 2)],
  ['empty', new Uint8Array()],
])('a network that was %s', async (_, bytes) => {
  const model = await writeModelFolder(folder, description, network);
  writeFileSync(join(folder, 'model.onnx'), bytes);
  await expect(readNetworkFile(model)).rejects.toThrow(
    /^expected sha256 039058c6[0-9a-f]{56} for .*model\.onnx, received [0-9a-f]{64}: the file was changed or cut; copy the model folder again, or make it anew with cspcam models import$/,
  );
});

test('a network that is gone', async () => {
  const model = await writeModelFolder(folder, description, network);
  rmSync(join(folder, 'model.onnx'));
  await expect(readNetworkFile(model)).rejects.toThrow(
    /a readable network for .*model\.onnx, received ENOENT/,
  );
});

test('no folder', async () => {
  await expect(readModelFolder(folder)).rejects.toThrow(
    `expected a model folder with model.json for ${folder}, received ENOENT`,
  );
});

// Each from a text of model.json that was right.
test.each<[string, (text: string) => string, RegExp]>([
  ['no JSON', (text) => text.slice(0, -20), /expected JSON in .*model\.json: /],
  ['another schema', (text) => text.replace('"schemaVersion": 1', '"schemaVersion": 2'), /schemaVersion/],
  ['a decoder there is not', (text) => text.replace('"kind": "yolo"', '"kind": "retina"'), /decoder/],
  ['no input width', (text) => text.replace('"width": 64,', ''), /input\.width/],
  ['BGR', (text) => text.replace('RGB', 'BGR'), /input\.colour/],
  [
    'a label too many',
    (text) => text.replace('"car"', '"car", "bus"'),
    /expected as many as decoder\.classes, received 3\n.*labels/,
  ],
])('model.json with %s', async (_, spoil, message) => {
  await writeModelFolder(folder, description, network);
  const file = join(folder, 'model.json');
  const text = readFileSync(file, 'utf8');
  const spoilt = spoil(text);
  expect(spoilt).not.toBe(text);
  writeFileSync(file, spoilt);
  await expect(readModelFolder(folder)).rejects.toThrow(message);
});

test('a place that cannot be written', async () => {
  await writeModelFolder(folder, description, network);
  const file = join(folder, 'model.json');
  await expect(writeModelFolder(file, description, network)).rejects.toThrow(
    `expected to write the model folder ${file}: EEXIST`,
  );
});
