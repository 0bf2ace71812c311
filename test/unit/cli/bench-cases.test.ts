// Options of `cspcam bench` + model folders -> the cases that are measured.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type CaseArguments, prepareCases } from '../../../agent/cli/bench/cases.js';
import { limitsOf } from '../../../agent/device/limits.js';
import { readProfiles } from '../../../agent/device/profiles.js';
import type { ChosenMachine } from '../../../agent/device/this-machine.js';
import { importDarknet } from '../../../models/darknet/model.js';
import { readModelFolder, writeModelFolder } from '../../../models/folder/folder.js';
import { weightsFile } from '../../support/small-networks.js';

let machine: ChosenMachine;
beforeAll(async () => {
  const profile = (await readProfiles()).find(({ name }) => name === 'generic-x86-64')!;
  machine = { limits: limitsOf(profile), because: 'a test' };
});

/** A folder of one small convolution and a head. @param weight of all its filters */
async function write(name: string, weight: number): Promise<string> {
  const cfg =
    '[net]\nwidth=96\nheight=96\nchannels=3\n' +
    '[convolutional]\nfilters=6\nsize=1\nstride=32\npad=0\nactivation=linear\n' +
    '[yolo]\nmask=0\nanchors=8,8\nnum=1\nclasses=1\n';
  const { description, network, darknet } = importDarknet(
    {
      cfg: { text: cfg, file: 'small.cfg' },
      weights: { bytes: weightsFile(Array(6 * 4).fill(weight)), file: 'small.weights' },
      names: { text: 'person', file: 'small.names' },
    },
    { name, provenance: { format: 'test' } },
  );
  const directory = mkdtempSync(join(tmpdir(), 'small-'));
  await writeModelFolder(directory, description, network, darknet);
  return directory;
}

async function casesOf(options: CaseArguments) {
  const temporary = mkdtempSync(join(tmpdir(), 'bench-cases-'));
  const { signal } = new AbortController();
  return (await prepareCases(options, { machine, temporary, signal })).map(({ subject }) => subject);
}

test('networks that share a name are told apart by what was typed', async () => {
  const [one, two, other] = [await write('same', 1), await write('same', 2), await write('other', 1)];
  const cases = await casesOf({ model: [one, two, other] });
  expect(cases.map(({ model }) => model)).toEqual([`same (${one})`, `same (${two})`, 'other']);
});

test('a network at several sizes keeps its name', async () => {
  const cases = await casesOf({ model: [await write('same', 1)], size: [96, 64] });
  expect(cases.map(({ model, size }) => `${model} ${size}`)).toEqual(['same 96', 'same 64']);
});

test.each<[what: string, CaseArguments, wanted: string]>([
  ['an engine computes as it likes', { provider: ['openvino'] }, 'auto'],
  ['unless it is told', { provider: ['openvino'], precision: ['fp32'] }, 'fp32'],
  ['the CPU computes what was chosen', { provider: ['cpu'] }, 'fp32'],
])('%s', async (_, options, wanted) => {
  const cases = await casesOf({ model: [await write('same', 1)], ...options });
  expect(cases.map((one) => [one.precision, one.wanted])).toEqual([['fp32', wanted]]);
});

test('networks that share a name and are made at another size lie beside each other, whole', async () => {
  const cases = await casesOf({ model: [await write('same', 1), await write('same', 2)], size: [64] });
  const read = await Promise.all(cases.map(({ folder }) => readModelFolder(folder.directory)));
  expect(read.map(({ description }) => description.files)).toEqual(
    cases.map(({ folder }) => folder.description.files),
  );
});
