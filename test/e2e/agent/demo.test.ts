// `cspcam demo` -> lines from a real subscriber, an annotated picture, exit code 0.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { cspcam } from '../../support/cspcam.js';
import { sharedPath } from '../../support/shared.js';

test('the clip arrives over MQTT, and the fullest frame as a picture', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'demo-')), 'found.jpg');
  const { code, out, err } = await cspcam(
    'demo',
    '--model',
    await brightModel(),
    '--seconds',
    '4',
    '--out',
    file,
  );
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/cspcam\/demo\/camera\/street\/detections {2}\d+ bright, \d+ ms after capture/);
  expect(out).toContain('cspcam/demo/state  online');
  expect(out).toContain('cspcam/demo/state  offline');
  expect(out).toMatch(/[1-9]\d* frames with [1-9]\d* boxes arrived over MQTT/);
  expect(await sharp(file).metadata()).toMatchObject({ width: 768, height: 576, format: 'jpeg' });
});

const cfg = sharedPath('weights/yolo-fastest-1.1/yolo-fastest-1.1.cfg');
const weights = sharedPath('weights/yolo-fastest-1.1/yolo-fastest-1.1.weights');
const names = join(import.meta.dirname, '../../fixtures/coco.names');
if (cfg === undefined) console.warn('skipped: yolo-fastest-1.1 is not beside this checkout');

test.skipIf(cfg === undefined)('with real weights it finds people', async () => {
  const model = join(await mkdtemp(join(tmpdir(), 'demo-')), 'yolo-fastest');
  const imported = await cspcam(
    ...['models', 'import', '--cfg', cfg!, '--weights', weights!, '--names', names, '--out', model],
  );
  expect([imported.code, imported.err]).toEqual([0, '']);
  const { code, out } = await cspcam(
    'demo',
    '--model',
    model,
    '--seconds',
    '5',
    '--out',
    join(model, 'found.png'),
  );
  expect(code).toBe(0);
  expect(out).toMatch(/[1-9]\d* person/);
});

test('with nothing but what comes with the package it finds people', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'demo-')), 'found.jpg');
  const { code, out, err } = await cspcam('demo', '--seconds', '5', '--out', file);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('with csppeleenet-efm-sam');
  expect(out).toMatch(/detections {2}[2-9]\d* person/);
});

test('a picture that it could not write is wrong usage, before anything plays', async () => {
  const { code, out, err } = await cspcam('demo', '--out', 'found.bmp');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('expected a name that ends in .jpg, .jpeg or .png for --out, received found.bmp');
});
