// What lies under former names, and who left it -> what is cleared.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complete, configFile } from '../../../agent/config/schema.js';
import { FormerNames } from '../../../agent/messaging/former-names.js';

const DAY_MS = 86_400_000;
const newFile = () => join(mkdtempSync(join(tmpdir(), 'names-')), 'state', 'names.json');

function start(file: string, keys: { device?: string; base?: string; boot?: string; atMs?: number } = {}) {
  const { device = 'porch', base = 'cspcam', boot = 'boot', atMs = 0 } = keys;
  const mqtt = { url: 'mqtt://127.0.0.1', base };
  const config = complete(configFile.parse({ device, mqtt, cameras: { door: { source: 'test:ball' } } }));
  const cleared: string[] = [];
  const kept = new Set<string>();
  const names = new FormerNames({
    config,
    bootId: boot,
    file,
    retained: { hasRetained: (topic) => kept.has(topic), clearRetained: (topic) => cleared.push(topic) },
    nowMs: () => atMs,
    onCleared: () => {},
  });
  const say = (topic: string, payload: object | string, retained = true) =>
    names.onMessage({
      topic,
      payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
      retained,
    });
  return { names, cleared, kept, say };
}

const offline = (bootId: string) => ({ state: 'offline', bootId });

test.each<[string, object | string, boolean, string[]]>([
  ['the last run', offline('first'), true, ['cspcam/porch/info', 'cspcam/porch/state']],
  ['an earlier run', offline('earlier'), true, ['cspcam/porch/info', 'cspcam/porch/state']],
  ['another agent', offline('other'), true, []],
  ['a run that goes on', { state: 'online', bootId: 'first' }, true, []],
  ['nobody knows whom', 'offline', true, []],
  ['a message that is not retained', offline('first'), false, []],
  ['an empty message', '', true, []],
])('state of %s', async (_, state, isRetained, cleared) => {
  const file = newFile();
  await start(file, { boot: 'earlier' }).names.remember();
  await start(file, { boot: 'first' }).names.remember();
  const now = start(file, { device: 'barn' });
  now.say('cspcam/porch/info', { x: 1 });
  now.say('cspcam/barn/info', { x: 1 });
  now.say('cspcam/porch/state', state, isRetained);
  expect(now.cleared).toEqual(cleared);
});

test('discovery that refers to others stays, and so does what this run has put', async () => {
  const file = newFile();
  await start(file, { boot: 'first' }).names.remember();
  const now = start(file, { base: 'other' });
  now.kept.add('homeassistant/device/cspcam_porch/config');
  for (const device of ['porch', 'porch_door'])
    now.say(`homeassistant/device/cspcam_${device}/config`, {
      availability: [{ topic: 'cspcam/porch/state' }],
    });
  now.say('cspcam/porch/state', offline('first'));
  expect(now.cleared).toEqual(['homeassistant/device/cspcam_porch_door/config', 'cspcam/porch/state']);
  const again = start(file, { base: 'other' });
  again.say('homeassistant/device/cspcam_porch_door/config', {
    availability: [{ topic: 'elsewhere/state' }],
  });
  again.say('cspcam/porch/state', offline('first'));
  expect(again.cleared).toEqual(['cspcam/porch/state']);
});

test('nothing is asked for where nothing was renamed, or a week ago', async () => {
  const file = newFile();
  expect(start(file).names.keptFilters).toEqual([]);
  await start(file).names.remember();
  expect(start(file).names.keptFilters).toEqual([]);
  await start(file, { device: 'barn', atMs: DAY_MS }).names.remember();
  expect(start(file, { device: 'barn', atMs: 6 * DAY_MS }).names.keptFilters.at(-1)).toBe(
    'cspcam/porch/state',
  );
  expect(start(file, { device: 'barn', atMs: 9 * DAY_MS }).names.keptFilters).toEqual([]);
});

test.each(['', '{', '[]', '{"names":1}', '{"names":[{"base":1}]}'])(
  'a file that holds %s is no harm',
  async (text) => {
    const file = newFile();
    await start(file).names.remember();
    writeFileSync(file, text);
    await start(file, { device: 'barn' }).names.remember();
    const { names } = JSON.parse(readFileSync(file, 'utf8'));
    expect(names.map(({ device }: { device: string }) => device)).toEqual(['barn']);
  },
);

test('a folder that cannot be written is no harm, and many names are the newest eight', async () => {
  await start('/dev/null/names.json').names.remember();
  const file = newFile();
  for (let i = 0; i < 20; i++) await start(file, { device: `d${i}` }).names.remember();
  const { names } = JSON.parse(readFileSync(file, 'utf8'));
  expect(names.map(({ device }: { device: string }) => device)).toEqual(
    Array.from({ length: 9 }, (_, i) => `d${19 - i}`),
  );
});
