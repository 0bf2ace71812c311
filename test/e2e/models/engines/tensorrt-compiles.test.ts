// The engine for TensorRT against its public headers: each file of it by two compilers; and clean under sanitizers.

import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openEngine } from '../../../../models/runtime/engines/engine-session.js';
import {
  buildStubbed,
  compile,
  hasHeaders,
  NATIVE,
  SANITIZED,
  VERSIONS,
} from '../../../support/stub-tensorrt/build.js';
import { PIXELS, STUB_MODEL, stubAnswer, stubNetwork } from '../../../support/stub-tensorrt/network.js';
import { hasProgram } from '../../../support/tools.js';

const LIMIT_MS = 1_200_000;
// Asked for by nobody else: on machines without the headers it may lack.
const hasClang = VERSIONS.some(hasHeaders) && hasProgram('clang++', '--version');

describe.each(VERSIONS)('TensorRT %s (where CSPCAM_TENSORRT_HEADERS has its headers)', (version) => {
  test.runIf(hasHeaders(version)).each([
    ['g++', true],
    ['clang++', hasClang],
  ])(
    '%s has nothing to say',
    async (compiler, isHere) => {
      if (!isHere) return;
      const sources = (await readdir(join(NATIVE, 'tensorrt'))).filter((name) => name.endsWith('.cpp'));
      expect(sources.length).toBeGreaterThan(5);
      for (const name of sources) expect(await compile(compiler, version, `tensorrt/${name}`)).toBe('');
    },
    LIMIT_MS,
  );

  test.runIf(hasHeaders(version))(
    'nothing leaks, overruns or is undefined from the first build to the end',
    async () => {
      const stub = await buildStubbed(version, SANITIZED);
      const folder = await mkdtemp(join(tmpdir(), 'sanitized-'));
      const report = `log_path=${join(folder, 'report')}`;
      const environment = [`ASAN_OPTIONS=${report}`, `UBSAN_OPTIONS=${report}`];
      const cache = join(folder, 'cache');
      for (const faults of [[], ['integrated'], ['quantized', 'no-half']]) {
        const options = { threads: 0, precision: 'auto', cache } as const;
        const session = await openEngine(
          stub.program(faults, environment),
          stubNetwork(),
          STUB_MODEL,
          options,
        );
        expect(await session.run(PIXELS)).toEqual(stubAnswer(PIXELS));
        await session.close();
      }
      for (const faults of [['parser'], ['build-memory'], ['context-memory'], ['no-device']]) {
        const options = { threads: 0, precision: 'fp32' } as const;
        const opening = openEngine(stub.program(faults, environment), stubNetwork(), STUB_MODEL, options);
        await expect(opening).rejects.toThrow('expected');
      }
      const reports = (await readdir(folder)).filter((name) => name.startsWith('report'));
      const texts = await Promise.all(reports.map((name) => readFile(join(folder, name), 'utf8')));
      expect(texts).toEqual([]);
    },
    LIMIT_MS,
  );
});
