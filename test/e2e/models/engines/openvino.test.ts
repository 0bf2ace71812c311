// The engine for OpenVINO, where its libraries are: what it keeps for the next start.

import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readModelFolder, readNetworkFile } from '../../../../models/folder/folder.js';
import type { EngineProgram } from '../../../../models/runtime/engines/engine-process.js';
import { openEngine } from '../../../../models/runtime/engines/engine-session.js';
import { findEngine } from '../../../../models/runtime/engines/registry.js';
import type { Runnable } from '../../../../models/runtime/onnxruntime.js';
import { brightModel } from '../../../support/bright-model.js';
import { closeAfterEach } from '../../../support/ending.js';
import { buildOpenvino, openvinoHere } from '../../../support/engines.js';

const closeLater = closeAfterEach();
const openvino = openvinoHere();

describe.runIf(openvino !== undefined)('OpenVINO', () => {
  let program: EngineProgram;
  let network: Uint8Array;
  let model: Runnable;
  let cache: string;
  beforeAll(async () => {
    program = (await findEngine('openvino', [await buildOpenvino(openvino!)]))!;
    const folder = await readModelFolder(await brightModel());
    network = await readNetworkFile(folder);
    model = folder.description;
  }, 120_000);
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'engines-'));
  });

  const open = (threads: number) =>
    openEngine(program, network, model, { threads, precision: 'fp32', cache });
  const namesIn = async () => (await readdir(cache)).toSorted();
  const threadsOf = (name: string) => Number(/^openvino-.*-CPU-fp32-(\d+)-\w{64}$/.exec(name)![1]);

  test('what is compiled has a folder of its own, also where several use it', async () => {
    closeLater(await open(1));
    closeLater(await open(1));
    const [folder, ...others] = await namesIn();
    expect(others).toEqual([]);
    expect(await readdir(join(cache, folder!))).toEqual([expect.stringMatching(/\.blob$/)]);
  });

  test('four are kept, those in use beside them, and nothing that earlier versions have left', async () => {
    await writeFile(join(cache, '123.blob'), '');
    await writeFile(join(cache, 'notes'), '');
    closeLater(await open(1));
    for (const threads of [2, 3, 4, 5, 6, 7]) await (await open(threads)).close();
    const [notes, ...kept] = await namesIn();
    expect(notes).toBe('notes');
    expect(kept.map(threadsOf)).toEqual([1, 4, 5, 6, 7]);
  });
});
