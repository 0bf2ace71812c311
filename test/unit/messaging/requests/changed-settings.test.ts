// Changes by requests -> the message that tells them, and what the next start makes of the file.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Settings } from '../../../../agent/cameras/camera-settings.js';
import type { Config } from '../../../../agent/config/schema.js';
import { ChangedSettings } from '../../../../agent/messaging/requests/changed-settings.js';
import type { Body } from '../../../../agent/messaging/schemas.js';
import type { Log } from '../../../../agent/telemetry/log.js';
import { never } from '../../../support/ending.js';

const AT = '2026-01-02T03:04:05.678Z';
const newFile = () => join(mkdtempSync(join(tmpdir(), 'settings-')), 'deeper/settings.json');

function configOf({ minScore = 0.3, enabled = true, level = 'info', ids = ['door', 'yard'] } = {}): Config {
  const cameras = Object.fromEntries(ids.map((id) => [id, { enabled }]));
  return { cameras, minScore, tracking: {}, log: { level } } as unknown as Config;
}

const keptIn = (file?: string) => ({ file: file ?? newFile(), isKept: file !== undefined });

function start(file: string | undefined, given: Parameters<typeof configOf>[0] = {}) {
  const config = configOf(given);
  const settings = new Settings(config);
  const warn = vi.fn();
  const log = { level: 'info', info: vi.fn(), warn } as unknown as Log;
  const told: Body<'settings'>[] = [];
  const scores: string[] = [];
  const changed = new ChangedSettings({
    settings,
    log,
    ...keptIn(file),
    onScore: (id) => scores.push(id),
    tell: (body) => told.push(body),
  });
  return { settings, log, warn, told, scores, changed, started: changed.start(never) };
}

test('what is set is told from the start, and after each change', async () => {
  const { settings, told, changed, started } = start(undefined);
  await started;
  settings.setMinScore('door', 0.5);
  changed.changed({ request: 'thresholds', by: 'me', at: AT });
  const cameras = { door: { enabled: true, minScore: 0.3 }, yard: { enabled: true, minScore: 0.3 } };
  const rest = { logLevel: 'info', kept: false };
  expect(told).toEqual([
    { cameras, ...rest },
    {
      cameras: { ...cameras, door: { enabled: true, minScore: 0.5 } },
      ...rest,
      lastChange: { request: 'thresholds', by: 'me', at: AT },
    },
  ]);
});

test('the next start goes on with what was changed', async () => {
  const file = newFile();
  const first = start(file);
  await first.started;
  first.settings.setMinScore('door', 0.5);
  first.settings.setEnabled('yard', false);
  first.log.level = 'debug';
  first.changed.changed({ request: 'log', at: AT });
  await first.changed.stop();

  const second = start(file);
  await second.started;
  expect(second.scores).toEqual(['door']);
  expect(second.told).toEqual([
    {
      cameras: { door: { enabled: true, minScore: 0.5 }, yard: { enabled: false, minScore: 0.3 } },
      logLevel: 'debug',
      kept: true,
    },
  ]);
});

test('a key that the configuration has changed since counts as the configuration says', async () => {
  const file = newFile();
  const first = start(file);
  await first.started;
  first.settings.setMinScore('door', 0.5);
  first.settings.setEnabled('yard', false);
  first.changed.changed({ request: 'disable', at: AT });
  await first.changed.stop();

  const second = start(file, { minScore: 0.4 });
  await second.started;
  expect(second.settings.minScore('door')).toBe(0.4);
  expect(second.settings.isEnabled('yard')).toBe(false);
});

test('what was put back is not kept', async () => {
  const file = newFile();
  const { settings, changed, started } = start(file);
  await started;
  for (const score of [0.5, 0.3]) {
    settings.setMinScore('door', score);
    changed.changed({ request: 'thresholds', at: AT });
  }
  await changed.stop();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    schemaVersion: 1,
    cameras: { door: {}, yard: {} },
  });
});

test.each([
  ['no JSON', '{'],
  ['another version', '{"schemaVersion":2,"cameras":{}}'],
  ['a score that cannot be', '{"schemaVersion":1,"cameras":{"door":{"minScore":{"from":0.3,"to":7}}}}'],
])('a file with %s is passed over with a line', async (_, text) => {
  const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'settings.json');
  writeFileSync(file, text);
  const { settings, warn, started } = start(file);
  await started;
  expect(settings.minScore('door')).toBe(0.3);
  expect(warn).toHaveBeenCalledTimes(1);
});

test('cameras that are gone, and scores below what the detector gives, are passed over', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'settings.json');
  const low = { minScore: { from: 0.3, to: 0.01 } };
  writeFileSync(file, JSON.stringify({ schemaVersion: 1, cameras: { barn: low, door: low } }));
  const { settings, warn, told, started } = start(file);
  await started;
  expect(settings.minScore('door')).toBe(0.3);
  expect(Object.keys(told[0]!.cameras)).toEqual(['door', 'yard']);
  expect(warn).toHaveBeenCalledTimes(1);
});

test('a disk that cannot be written stops nothing', async () => {
  const place = mkdtempSync(join(tmpdir(), 'settings-'));
  writeFileSync(join(place, 'file'), '');
  const file = join(place, 'file/settings.json');
  const { settings, warn, told, changed, started } = start(file);
  await started;
  settings.setMinScore('door', 0.6);
  changed.changed({ request: 'thresholds', at: AT });
  await changed.stop();
  expect(warn.mock.calls.map(([, text]) => text)).toContain('changed settings cannot be kept');
  expect(told.at(-1)!.cameras.door!.minScore).toBe(0.6);
  expect(existsSync(file)).toBe(false);
});

test.each<
  [string, keep: boolean, config: Parameters<typeof configOf>[0], door: number, yard: boolean, level: string]
>([
  ['not kept: the configuration counts', false, {}, 0.3, true, 'info'],
  ['kept', true, {}, 0.5, false, 'debug'],
  [
    'kept, but for what the configuration has changed',
    true,
    { minScore: 0.4, level: 'warn' },
    0.4,
    false,
    'warn',
  ],
])('another configuration while it runs, %s', async (_, keep, config, door, yard, level) => {
  const file = keep ? newFile() : undefined;
  const { settings, log, told, changed, started } = start(file);
  await started;
  settings.setMinScore('door', 0.5);
  settings.setEnabled('yard', false);
  log.level = 'debug';
  changed.changed({ request: 'log', at: AT });
  changed.adopt(configOf(config), keptIn(file));
  changed.tell();
  expect([settings.minScore('door'), settings.isEnabled('yard'), log.level]).toEqual([door, yard, level]);
  expect(told.at(-1)).toMatchObject({
    cameras: { door: { minScore: door }, yard: { enabled: yard } },
    kept: keep,
  });
  await changed.stop();
  const again = start(file, config);
  await again.started;
  expect([again.settings.minScore('door'), again.settings.isEnabled('yard')]).toEqual([door, yard]);
});

test('cameras come and go with another configuration, and from now on changes are kept elsewhere', async () => {
  const [before, after] = [newFile(), newFile()];
  const { settings, told, changed, started } = start(before);
  await started;
  settings.setEnabled('door', false);
  changed.changed({ request: 'disable', at: AT });
  changed.adopt(configOf({ ids: ['door', 'shed'] }), keptIn(after));
  changed.tell();
  expect(told.at(-1)!.cameras).toMatchObject({ door: { enabled: false }, shed: { enabled: true } });
  await changed.stop();
  expect(JSON.parse(readFileSync(after, 'utf8')).cameras).toEqual({
    door: { enabled: { from: true, to: false } },
    shed: {},
  });
  expect(existsSync(before)).toBe(false);
});

test.each(['a reload', 'a start'])('what was kept is gone once %s keeps nothing', async (what) => {
  const file = newFile();
  const first = start(file);
  await first.started;
  first.settings.setEnabled('door', false);
  first.changed.changed({ request: 'disable', at: AT });
  await first.changed.stop();
  expect(existsSync(file)).toBe(true);
  if (what === 'a reload') first.changed.adopt(configOf(), { file, isKept: false });
  else {
    const notKept = new ChangedSettings({
      settings: new Settings(configOf()),
      log: first.log,
      file,
      isKept: false,
      onScore: () => {},
      tell: () => {},
    });
    await notKept.start(never);
    await notKept.stop();
  }
  await first.changed.stop();
  expect(existsSync(file)).toBe(false);
});
