// Folders of models + cameras -> the one that `model: auto` takes.

import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { complete, configFile } from '../../../agent/config/schema.js';
import { limitsOf } from '../../../agent/device/limits.js';
import { readProfiles } from '../../../agent/device/profiles.js';
import type { ChosenMachine } from '../../../agent/device/this-machine.js';
import { autoModel } from '../../../agent/inference/auto-model.js';
import { importDarknet } from '../../../models/darknet/model.js';
import { writeModelFolder } from '../../../models/folder/folder.js';
import { weightsFile } from '../../support/small-networks.js';

let machine: ChosenMachine;
let bundled: string[];
let models: string;
beforeAll(async () => {
  const profile = (await readProfiles()).find(({ name }) => name === 'generic-x86-64')!;
  machine = { limits: limitsOf(profile), because: 'a test' };
  bundled = [await write(mkdtempSync(join(tmpdir(), 'bundled-')), 'csppeleenet-prn', ['person', 'car'])];
});
beforeEach(() => {
  models = mkdtempSync(join(tmpdir(), 'models-'));
});

/** A folder of one small convolution and a head, called as a network with a published AP50. */
async function write(directory: string, name: string, labels: string[], size = 416): Promise<string> {
  const filters = 5 + labels.length;
  const cfg =
    `[net]\nwidth=${size}\nheight=${size}\nchannels=3\n` +
    `[convolutional]\nfilters=${filters}\nsize=1\nstride=32\npad=0\nactivation=linear\n` +
    `[yolo]\nmask=0\nanchors=8,8\nnum=1\nclasses=${labels.length}\n`;
  const { description, network, darknet } = importDarknet(
    {
      cfg: { text: cfg, file: 'small.cfg' },
      weights: { bytes: weightsFile(Array(filters * 4).fill(0)), file: 'small.weights' },
      names: { text: labels.join('\n'), file: 'small.names' },
    },
    { name, provenance: { format: 'test' } },
  );
  await writeModelFolder(directory, description, network, darknet);
  return directory;
}

function config(cameras: Record<string, object> = { door: {} }) {
  const withSource = Object.entries(cameras).map(([id, camera]) => [
    id,
    { source: 'rtsp://camera', ...camera },
  ]);
  return complete(
    configFile.parse({
      device: 'porch',
      mqtt: { url: 'mqtt://127.0.0.1' },
      model: 'auto',
      models,
      cameras: Object.fromEntries(withSource),
    }),
  );
}

const choose = (of = config()) => autoModel(of, machine, bundled);
const nameOf = async (of = config()) => (await choose(of)).model.description.name;

test('without other models it is what comes with cspcam', async () => {
  expect(await nameOf()).toBe('csppeleenet-prn');
  expect((await choose({ ...config(), models: undefined } as never)).notices.join()).not.toContain(
    'folder for models',
  );
});

test('a better one of the folder is taken, also by a link', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
  await write(elsewhere, 'csppeleenet-efm-sam', ['person', 'car']);
  await write(join(models, 'worse'), 'yolov3-tiny', ['person', 'car']);
  symlinkSync(elsewhere, join(models, 'better'));
  const { model, reasons } = await choose();
  expect(model.directory).toBe(join(models, 'better'));
  expect(reasons[0]).toMatch(/^csppeleenet-efm-sam at 416 in fp32: the best published AP50, 49\.0, of the 3/);
});

test('models that know the labels of the cameras come first', async () => {
  await write(join(models, 'forklifts'), 'yolov3-tiny', ['person', 'forklift']);
  expect(await nameOf(config({ hall: { labels: ['forklift'] } }))).toBe('yolov3-tiny');
  expect(await nameOf(config({ hall: { labels: ['person'] } }))).toBe('csppeleenet-prn');
  const off = config({ hall: { labels: ['forklift'], enabled: false }, door: { labels: ['person'] } });
  expect(await nameOf(off)).toBe('csppeleenet-prn');
  const { notices } = await choose(config({ hall: { labels: ['forklift'] }, door: { labels: ['car'] } }));
  expect(notices[0]).toBe('no model here knows forklift together with what else the cameras look for.');
});

test('what is no model is passed over, with a word', async () => {
  mkdirSync(join(models, 'empty'));
  mkdirSync(join(models, '.git'));
  writeFileSync(join(models, 'notes.txt'), '');
  const { model, notices } = await choose();
  expect(model.description.name).toBe('csppeleenet-prn');
  expect(notices[0]).toBe(
    `passed over: expected a model folder with model.json for ${join(models, 'empty')}, received ENOENT`,
  );
  expect(notices.filter((notice) => notice.startsWith('passed over'))).toHaveLength(1);
});

test('a folder of models that is missing is told', async () => {
  const { notices } = await choose({ ...config(), models: join(models, 'missing') });
  expect(notices[0]).toMatch(/^expected a readable folder for models, received .*missing \(ENOENT\)$/);
});

test('no model at all is an error', async () => {
  await expect(autoModel(config(), machine, [join(models, 'none')])).rejects.toThrow(
    /^expected a model folder for model: auto, received none that can be used \(passed over: .*\)$/,
  );
});

test.each<[string, Record<string, object>, RegExp]>([
  ['the usual rate of a camera that does not tell', { a: {} }, /keep up with 15 frames\/s/],
  ['the limit of the camera', { a: { maxFps: 5 } }, /keep up with 5 frames\/s/],
  ['the rate of the source', { a: { source: 'test:ball?fps=20' } }, /keep up with 20 frames\/s/],
  ['the lower of both', { a: { source: 'test:ball?fps=20', maxFps: 8 } }, /keep up with 8 frames\/s/],
  [
    'the average of several',
    { a: { maxFps: 5 }, b: {}, c: { enabled: false } },
    /10 frames\/s of each of 2 cameras/,
  ],
])('the requirements are %s', async (_, cameras, requirements) => {
  expect((await choose(config(cameras))).reasons[0]).toMatch(requirements);
});

test.each([
  ['jetson-nano', 2],
  ['jetson-tx2', 4],
])('with TensorRT on %s and %d cameras it is what keeps up in 16 bits, as plan says', async (name, count) => {
  const profile = (await readProfiles()).find((one) => one.name === name)!;
  const jetson = { limits: limitsOf(profile), because: 'a test' };
  const cameras = Object.fromEntries(Array.from({ length: count }, (_, i) => [`camera-${i}`, {}]));
  const wanted = config(cameras);
  const inference = { ...wanted.inference, provider: 'tensorrt' as const };
  const { model, reasons, notices } = await autoModel({ ...wanted, inference }, jetson);
  expect(model.description.name).toBe('csppeleenet-efm-sam');
  expect(reasons[0]).toContain('csppeleenet-efm-sam at 416 in fp16');
  expect(notices.join()).not.toContain('csppeleenet-efm-sam');
  const floats = { ...wanted, inference: { ...inference, precision: 'fp32' as const } };
  expect((await autoModel(floats, jetson)).reasons[0]).toContain(' in fp32');
});
