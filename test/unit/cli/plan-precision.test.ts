// Model folders that come along + devices that are not here -> the precision of their plans, and which `model: auto` takes.

import { expect, test } from 'vitest';
import { whichComesAlong } from '../../../agent/cli/plan-bundled.js';
import { planFolders } from '../../../agent/cli/plan-folders.js';
import { complete, configFile } from '../../../agent/config/schema.js';
import { chooseModel } from '../../../agent/device/choose-model.js';
import { limitsOf } from '../../../agent/device/limits.js';
import { readProfiles } from '../../../agent/device/profiles.js';
import { type ChosenMachine, chooseMachine } from '../../../agent/device/this-machine.js';
import { autoModel } from '../../../agent/inference/auto-model.js';

const device = async (name: string): Promise<ChosenMachine> => {
  const profile = (await readProfiles()).find((one) => one.name === name)!;
  return { limits: limitsOf(profile), because: 'a test' };
};
const without = (flags: string[] = []): Partial<ChosenMachine> => ({
  processor: { architecture: 'x64', flags: new Set(flags) },
});
// So few that every device keeps up with both.
const requirements = { fps: 1, cameras: 1 };
const threads = 3;

test.each([
  ['generic-x86-64', {}, 'int8'],
  ['core-i7-6700', {}, 'int8'],
  ['intel-n100', {}, 'int8'],
  ['raspberry-pi-4', {}, 'fp32'],
  ['raspberry-pi-5', {}, 'int8'],
  // What is found goes before what the profile says.
  ['generic-x86-64', without(), 'fp32'],
  ['generic-x86-64', without(['avx2']), 'int8'],
])('%s, %j: %s, as an agent there runs them', async (name, found, precision) => {
  const machine = { ...(await device(name)), ...found };
  const plan = { machine, provider: 'cpu', threads, requirements } as const;
  const rows = await planFolders(['default', 'small'], plan);
  expect(rows.map((row) => row.precision)).toEqual([precision, precision]);
  const { target } = chooseModel(machine, { provider: 'cpu' });
  expect(await whichComesAlong(machine, target, requirements)).toContain(` in ${precision}: `);
});

test('whoever asks for a precision gets it; a GPU has its own', async () => {
  const machine = await device('jetson-tx2');
  const of = async (plan: { provider: 'cpu' | 'tensorrt'; precision?: 'fp32' }) =>
    (await planFolders(['default'], { machine, threads, requirements, ...plan }))[0]!.precision;
  expect(await of({ provider: 'cpu', precision: 'fp32' })).toBe('fp32');
  expect(await of({ provider: 'tensorrt' })).toBe('fp16');
});

test('on this machine it names what `model: auto` takes', async () => {
  const machine = await chooseMachine();
  const { target } = chooseModel(machine, { provider: 'cpu' });
  const { reasons } = await autoModel(
    complete(
      configFile.parse({
        device: 'porch',
        mqtt: { url: 'mqtt://127.0.0.1' },
        model: 'auto',
        cameras: { door: { source: 'rtsp://camera', maxFps: requirements.fps } },
      }),
    ),
    machine,
  );
  const line = await whichComesAlong(machine, target, requirements);
  expect(line).toBe(`Of the 2 whose weights come with cspcam: ${reasons[0]}`);
});
