// A model folder with ranges, opened on this processor and as on others -> which network runs, and what is kept of it.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CpuFeatures, readCpuFeatures } from '#common/cpu-features.js';
import { type ModelFolder, readModelFolder, writeModelFolder } from '../../../models/folder/folder.js';
import { amx } from '../../../models/quantize/forms/amx.js';
import { boundedPairs } from '../../../models/quantize/forms/bounded-pairs.js';
import { eightBits } from '../../../models/quantize/forms/eight-bits.js';
import { chooseForm, formText } from '../../../models/quantize/forms/registry.js';
import { integerNetwork, REVISION } from '../../../models/quantize/integer-network.js';
import { sqnrDb } from '../../../models/quantize/sensitivity.js';
import { openDetector } from '../../../models/runtime/open.js';
import { type OptimizedOptions, openOptimized } from '../../../models/runtime/optimized.js';
import { brightModel } from '../../support/bright-model.js';
import { rangedModel } from '../../support/ranged-model.js';

const cpu = (...flags: string[]): CpuFeatures => ({ architecture: 'x64', model: 'a', flags: new Set(flags) });

let folder: ModelFolder;
beforeAll(async () => {
  folder = await rangedModel();
});

async function answer(of: ModelFolder, options: Partial<OptimizedOptions> = {}) {
  const { session, network, notice } = await openOptimized(of, { provider: 'cpu', threads: 1, ...options });
  const { width, height } = of.description.input;
  const pixels = new Uint8Array(3 * width * height).map((_, i) => (i * 97) % 251);
  try {
    return { outputs: [...(await session.run(pixels)).values()], form: network.form, notice };
  } finally {
    await session.close();
  }
}

test('what is made of a folder is known for each revision: another network is another revision', async () => {
  const sums: Record<string, string> = {};
  for (const form of [eightBits, boundedPairs, amx])
    sums[form.name] = createHash('sha256')
      .update(await integerNetwork(folder, form))
      .digest('hex')
      .slice(0, 16);
  expect({ [REVISION]: sums }).toEqual({
    4: {
      'eight-bits': '3e0102c97f9af08f',
      'bounded-pairs': 'b3008ff0a954aab3',
      amx: '4f514b83305146b1',
    },
  });
});

test('int8 is what model.json says, and near fp32, which can be asked for', async () => {
  const floats = await answer({ ...folder, description: { ...folder.description, precision: 'fp32' } });
  expect(floats.form).toBeUndefined();
  expect(await answer(folder, { precision: 'fp32' })).toEqual(floats);
  const integers = await answer(folder);
  expect(integers.form).toBe(formText(chooseForm('cpu', await readCpuFeatures())));
  expect(integers).toEqual(await answer(folder, { precision: 'int8' }));
  expect(integers.outputs).not.toEqual(floats.outputs);
  const quality = sqnrDb([new Map([['', floats.outputs[0]!]])], [new Map([['', integers.outputs[0]!]])]);
  expect(quality).toBeGreaterThan(15);
});

test('what is kept is of one processor and one form', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'cache-'));
  const kept = async (options: Partial<OptimizedOptions>) => {
    const before = readdirSync(cache);
    await answer(folder, { cache, ...options });
    return readdirSync(cache).filter((name) => !before.includes(name)).length;
  };
  expect(await kept({ cpu: cpu('avx2') })).toBe(1);
  expect(await kept({ cpu: cpu('avx2') })).toBe(0);
  expect(await kept({ cpu: cpu('avx2', 'avx_vnni') })).toBe(1);
  expect(await kept({ cpu: { ...cpu('avx2'), model: 'b' } })).toBe(1);
  expect(await kept({ cpu: cpu('avx2'), precision: 'fp32' })).toBe(1);
  expect(await kept({ cpu: cpu('avx2') })).toBe(0);
});

test('of a provider other than cpu it is no matter of the processor', () => {
  expect(chooseForm('cuda', cpu('avx2')).form).toBe(eightBits);
});

test('a detector says which form it runs, with one session or several', async () => {
  for (const sessions of [1, 2]) {
    const detector = await openDetector(folder, { provider: 'cpu', threads: 1, minScore: 1, sessions });
    expect(detector.network.form).toMatch(/^int8 form: /);
    await detector.close();
  }
});

describe('one line says what is wrong', () => {
  const changed = (from: string | RegExp, to: string) => (ranges: Uint8Array) =>
    Buffer.from(ranges).toString().replace(from, to);

  test.each<[string, (ranges: Uint8Array) => string, RegExp]>([
    ['no JSON', (ranges) => `${ranges}`.slice(0, 50), /^expected JSON in ranges\.json: /],
    [
      'another version',
      changed('"schemaVersion":1', '"schemaVersion":2'),
      /^expected calibrated ranges in ranges\.json: .*schemaVersion/s,
    ],
    ['a range cut', changed('[-4,4]', '[-4]'), /^expected calibrated ranges in ranges\.json: /],
    [
      'of another network',
      changed('"conv_1":', '"conv_9":'),
      /^expected a range of conv_1 for ranges\.json, received none: quantize the model again$/,
    ],
    [
      'means of fewer channels',
      changed('0.25,', ''),
      /^expected the means of 32 channels of conv_0_relu for ranges\.json, received 31: quantize the model again$/,
    ],
  ])('ranges that are %s', async (_, change, message) => {
    await expect(answer(await rangedModel(change))).rejects.toThrow(message);
  });

  test('ranges that were changed after they were written', async () => {
    const own = await rangedModel();
    writeFileSync(join(own.directory, 'ranges.json'), '{}');
    await expect(answer(own)).rejects.toThrow(
      /ranges\.json, received [0-9a-f]{64}: the file was changed or cut; copy the model folder again, or make it anew with cspcam models import$/,
    );
    // Floats are whole.
    expect((await answer(own, { precision: 'fp32' })).form).toBeUndefined();
  });

  test.each(['ranges.json', 'network.weights'])('%s is gone', async (name) => {
    const own = await rangedModel();
    rmSync(join(own.directory, name));
    await expect(answer(own)).rejects.toThrow(
      new RegExp(`${name}, received ENOENT; copy the model folder again`),
    );
  });

  test('int8 of a folder without ranges', async () => {
    const bright = await readModelFolder(await brightModel());
    await expect(answer(bright, { precision: 'int8' })).rejects.toThrow(
      /^expected ranges\.json in .* for int8, received none \(cspcam models quantize writes it\)$/,
    );
  });

  test.each(['fp32', 'int8', undefined] as const)(
    'int8 of an earlier version, asked for %s',
    async (precision) => {
      const { files: _, ...description } = folder.description;
      const old = await writeModelFolder(
        mkdtempSync(join(tmpdir(), 'old-')),
        description,
        Buffer.from('QDQ'),
      );
      await expect(answer(old, { precision })).rejects.toThrow(
        /earlier version made int8.*: quantize it again/,
      );
    },
  );
});
