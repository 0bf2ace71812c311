// Files of the model that are spoilt, before the start and under a running daemon, or larger than the memory -> told by
// name, and forgotten once mended.

import { copyFileSync, rmSync, truncateSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { Cspcam, writeConfig } from '../../support/cspcam.js';
import { World } from '../../support/fault-world.js';

const cameras = { one: { source: 'test:ball?width=160&height=120&fps=10', motion: { enabled: false } } };
const nowhere = (model: string) => ({
  url: 'mqtt://127.0.0.1:1',
  outbox: { directory: join(model, 'outbox') },
});

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
  const { code, err } = await new Cspcam([
    'run',
    '--config',
    await writeConfig({ device: 'porch', model, mqtt: nowhere(model), cameras }),
  ]).finished();
  const lines = err.split('\n').filter((line) => line.startsWith('cspcam: '));
  expect([code, lines.length]).toEqual([exitCode, 1]);
  expect(lines[0]).toContain(`for ${join(model, 'model.onnx')}`);
  expect(lines[0]).toMatch(message);
  expect(lines[0]).toMatch(/; copy the model folder again, or make it anew with cspcam models import$/);
});

/** Holes alone: the disk gives nothing for it. More than Node reads at once would be another failure. */
const LARGE_BYTES = 1900 * 2 ** 20;
/** Enough for all but the network. */
const WITHIN_MEMORY = ['sh', '-c', 'ulimit -d 1500000 && exec "$@"', 'sh'];

test.each<[command: string, argumentsFor: (model: string) => Promise<string[]>]>([
  [
    'run',
    async (model) => [
      '--config',
      await writeConfig({ device: 'porch', model, mqtt: nowhere(model), cameras }),
    ],
  ],
  ['detect', async (model) => ['test:ball', '--model', model]],
])(
  '%s of a network that is larger than the memory: exit code 75, and which it is',
  async (command, argumentsFor) => {
    const model = await brightModel();
    const file = join(model, 'model.onnx');
    truncateSync(file, LARGE_BYTES);
    const args = [command, ...(await argumentsFor(model))];
    const { code, err } = await new Cspcam(args, {}, undefined, WITHIN_MEMORY).finished();
    const lines = err.split('\n').filter((line) => line.startsWith('cspcam: '));
    expect([code, lines]).toEqual([
      75,
      [`cspcam: expected a readable network for ${file}, received Array buffer allocation failed`],
    ]);
  },
);

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
