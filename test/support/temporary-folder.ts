// A suite -> one folder for all that its tests and their programs write, gone afterwards. Vitest's globalSetup.

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default async function temporaryFolder(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'cspcam-tests-'));
  // As /tmp: some tests run programs as other users.
  await chmod(folder, 0o1777);
  process.env.TMPDIR = folder;
  // What agents keep for their next start stays out of the home of whoever runs the tests.
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  process.env.XDG_STATE_HOME = join(folder, 'state');
  return () => rm(folder, { recursive: true, force: true });
}
