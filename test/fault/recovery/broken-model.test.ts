// Files of the model that are spoilt, before the start and under a running daemon -> told by name, and forgotten once mended.

import { copyFileSync, rmSync, truncateSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { Cspcam, writeConfig } from '../../support/cspcam.js';
import { World } from '../../support/fault-world.js';

const cameras = { one: { source: 'test:ball?width=160&height=120&fps=10', motion: { enabled: false } } };

test.each([
  [
    'cut',
    65,
    (file: string) => truncateSync(file, 400),
    /received [0-9a-f]{64}: the file was changed or cut/,
  ],
  ['gone', 1, (file: string) => rmSync(file), /received ENOENT/],
])('a network that is %s: exit code %i, the file, and what to do', async (_, exitCode, spoil, message) => {
  const model = await brightModel();
  spoil(join(model, 'model.onnx'));
  const mqtt = { url: 'mqtt://127.0.0.1:1', outbox: { directory: join(model, 'outbox') } };
  const { code, err } = await new Cspcam([
    'run',
    '--config',
    await writeConfig({ device: 'porch', model, mqtt, cameras }),
  ]).finished();
  const lines = err.split('\n').filter((line) => line.startsWith('cspcam: '));
  expect([code, lines.length]).toEqual([exitCode, 1]);
  expect(lines[0]).toContain(`for ${join(model, 'model.onnx')}`);
  expect(lines[0]).toMatch(message);
  expect(lines[0]).toMatch(/; copy the model folder again, or make it anew with cspcam models import$/);
});

test('one that is spoilt under a running daemon is in health, and used again once it is mended', async () => {
  const model = await brightModel();
  const file = join(model, 'model.onnx');
  copyFileSync(file, `${file}.whole`);
  const world = await World.start({ cameras, config: { model } });
  try {
    await world.arrival(() => true, 60_000);
    truncateSync(file, 400);
    await writeFile(`${world.workerFault}.new`, 'exit');
    await rename(`${world.workerFault}.new`, world.workerFault);
    const failing = await world.health(({ detector }) => detector.failure === 'files', 60_000);
    expect(failing).toMatchObject({ state: 'failing', message: expect.stringContaining(file) });
    world.forget();
    await rename(`${file}.whole`, file);
    const working = await world.health(({ detector }) => detector.state === 'working', 60_000);
    expect(working).toEqual({ state: 'working', failures: expect.any(Number) });
    expect(await world.arrival(() => true, 60_000)).toBeDefined();
    const told = world.agent.err.split('\n').filter((line) => line.includes('a file of the model is broken'));
    expect([told.length, world.isAlive]).toEqual([1, true]);
  } finally {
    await world.close();
  }
});
