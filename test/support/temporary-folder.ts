// A suite -> one folder for all that its tests and their programs write, gone afterwards, or with the next suite where
// this one is killed. Vitest's globalSetup.

import { chmod, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { endMachinesIn } from './booted-root.js';

const { sweptFolder, unmountIn } = await import(
  resolve(import.meta.dirname, '../../scripts/swept-folder.mjs')
);

export default async function temporaryFolder(): Promise<() => Promise<void>> {
  const folder: string = await sweptFolder('cspcam-tests-', endMachinesIn);
  // As /tmp: some tests run programs as other users.
  await chmod(folder, 0o1777);
  process.env.TMPDIR = folder;
  // What agents keep for their next start stays out of the home of whoever runs the tests.
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  process.env.XDG_STATE_HOME = join(folder, 'state');
  return async () => {
    // What a test that failed has left would be removed with what it is a view of.
    await unmountIn(folder);
    await rm(folder, { recursive: true, force: true });
  };
}
