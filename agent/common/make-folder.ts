// A path -> a folder that is there, and all above it.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * As `mkdir` with `recursive`, which never ends below /proc: a folder is said to be missing there whose parent is not.
 *
 * @throws as `mkdir`
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const above = dirname(folder);
  if (!(await isThere(above))) await makeFolder(above);
  await mkdir(folder).catch(async (error: unknown) => {
    // Somebody else may have been quicker.
    if (!(await isFolder(folder))) throw error;
  });
}

const isThere = (path: string) => stat(path).then(yes, no);
const isFolder = (path: string) => stat(path).then((found) => found.isDirectory(), no);
const yes = () => true;
const no = () => false;
