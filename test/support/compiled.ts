// The sources as they are -> compiled, for tests that start a program of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Below node_modules, so that the packages are found; apart from dist, which may be older than the sources. */
const FOLDER = resolve(import.meta.dirname, '../../node_modules/.cache/cspcam-compiled');

/** @returns the folder that stands for the root of the repository */
export async function compile(): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(`${FOLDER}/package.json`, '{ "type": "module" }\n');
  const tsc = resolve(import.meta.dirname, '../../node_modules/@typescript/native/bin/tsc');
  const child = spawn(
    process.execPath,
    [tsc, '-p', resolve(FOLDER, '../../../tsconfig.json'), '--outDir', FOLDER],
    {
      stdio: 'inherit',
    },
  );
  await once(child, 'exit');
  return FOLDER;
}
