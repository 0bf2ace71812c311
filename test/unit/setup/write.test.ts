// A draft and a folder -> what lies there afterwards, whatever stands in the way.

import { chmod, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../agent/config/load.js';
import { configTemplate } from '../../../agent/config/template.js';
import type { Draft } from '../../../agent/setup/draft.js';
import { placeAt, writeDraft } from '../../../agent/setup/write.js';

const DRAFT: Draft = {
  device: 'porch',
  mqtt: { url: 'mqtt://10.0.0.5:1883' },
  cameras: { door: { source: `rtsp://admin:\${CAMERA_PASSWORD}@10.0.0.2/main` } },
  secrets: { CAMERA_PASSWORD: 'a%2Fb' },
};
/** No configuration takes it. */
const BROKEN: Draft = { ...DRAFT, cameras: { 'Not An Id': { source: 'test:ball' } } };

const folder = () => mkdtemp(join(tmpdir(), 'write-'));
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
const written = (file: string, draft = DRAFT) => writeDraft(file, draft, undefined, () => {});

test('a configuration, and its passwords where nobody else may read', async () => {
  const within = await folder();
  const file = join(within, 'cspcam.yaml');
  expect(await written(file)).toBe(join(within, 'cspcam.secrets'));
  expect(await readdir(within)).toEqual(['cspcam.secrets', 'cspcam.yaml']);
  const password = join(within, 'cspcam.secrets/CAMERA_PASSWORD');
  expect([await modeOf(file), await modeOf(password)]).toEqual(['600', '600']);
  expect(await readFile(password, 'utf8')).toBe('a%2Fb\n');
  const { cameras } = await loadConfig(file, {});
  expect(cameras['door']?.source).toBe('rtsp://admin:a%2Fb@10.0.0.2/main');
});

test.each<[what: string, draft: Draft, before: Record<string, string>, says: RegExp]>([
  [
    'a configuration there',
    DRAFT,
    { 'cspcam.yaml': 'device: mine\n' },
    /expected a new file .* received one that exists/,
  ],
  [
    'secrets of another there',
    DRAFT,
    { 'cspcam.secrets/CAMERA_PASSWORD': 'old' },
    /expected no folder of secrets/,
  ],
  ['a draft that is none', BROKEN, {}, /Not An Id/],
])('%s: nothing is changed', async (_, draft, before, says) => {
  const within = await folder();
  for (const [name, text] of Object.entries(before)) {
    await mkdir(dirname(join(within, name)), { recursive: true });
    await writeFile(join(within, name), text);
  }
  const names = await readdir(within, { recursive: true });
  await expect(written(join(within, 'cspcam.yaml'), draft)).rejects.toThrow(says);
  expect(await readdir(within, { recursive: true })).toEqual(names);
  for (const [name, text] of Object.entries(before))
    expect(await readFile(join(within, name), 'utf8')).toBe(text);
});

test('an example that nobody has changed is no configuration: the draft takes its place and its mode', async () => {
  const file = join(await folder(), 'cspcam.yaml');
  await writeFile(file, configTemplate());
  await chmod(file, 0o640);
  expect(await placeAt(file)).toBe('example');
  await written(file);
  expect((await loadConfig(file, {})).device).toBe('porch');
  expect(await modeOf(file)).toBe('640');
  expect(await placeAt(file)).toBe('taken');
});

test('a folder that is not there is an error in one line', async () => {
  const file = join(await folder(), 'none', 'cspcam.yaml');
  await expect(written(file)).rejects.toThrow(
    /^expected a place that can be written for .*, received ENOENT$/,
  );
});
