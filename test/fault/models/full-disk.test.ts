// A disk too small for a network -> one line says so, nothing half-written is left; the detector runs, an export leaves what
// was there.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { convolutionProbe } from '../../../models/cost/probes.js';
import { type ModelFolder, readModelFolder, writeModelFolder } from '../../../models/folder/folder.js';
import { openOptimized } from '../../../models/runtime/optimized.js';
import { brightModel } from '../../support/bright-model.js';
import { cspcam } from '../../support/cspcam.js';
import { smallDisk } from '../../support/small-disk.js';

const { path: disk, isMounted } = smallDisk('1m');
let folder: ModelFolder;

beforeAll(async () => {
  // Its kernel alone has 2.4 MB.
  const { onnx, size } = convolutionProbe('fp32', 1);
  const { files: _, ...bright } = (await readModelFolder(await brightModel())).description;
  const input = { ...bright.input, width: size, height: size };
  folder = await writeModelFolder(mkdtempSync(join(tmpdir(), 'probe-')), { ...bright, input }, onnx);
});

test('the detector runs without', async ({ skip }) => {
  if (!isMounted) skip();
  const cache = join(disk, 'networks');
  for (let start = 0; start < 2; start++) {
    const { session, notice } = await openOptimized(folder, { provider: 'cpu', threads: 1, cache });
    const outputs = await session.run(new Uint8Array(3 * 40 * 40));
    expect([...outputs.values()][0]!.length).toBeGreaterThan(0);
    await session.close();
    expect(notice).toMatch(/^expected to keep the optimized network in .*networks, received (?!expected).+/);
    expect(readdirSync(cache)).toEqual([]);
  }
});

test('an export leaves the file of before', async ({ skip }) => {
  if (!isMounted) skip();
  const out = join(disk, 'exported');
  const name = 'cspdensenetb-ref-prn.onnx';
  const file = join(out, name);
  mkdirSync(out);
  writeFileSync(file, 'before');
  const finished = await cspcam(
    ...['models', 'export', 'cspdensenetb-ref-prn', '--format', 'onnx', '--out', out],
  );
  expect(finished).toEqual({
    code: 1,
    out: '',
    err: `cspcam: expected a place that can be written for ${file}, received ENOSPC, no space left on the disk\n`,
  });
  expect([readdirSync(out), readFileSync(file, 'utf8')]).toEqual([[name], 'before']);
});
