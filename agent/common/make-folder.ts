// A path -> a folder that is there, and all above it.

import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

interface FolderOptions {
  /** Of each folder that is made. */
  readonly mode?: number;
}

/**
 * As `mkdir` with `recursive`, which never ends below /proc: a folder is said to be missing there whose parent is not.
 *
 * @throws as `mkdir`
 */
export async function makeFolder(folder: string, options: FolderOptions = {}): Promise<void> {
  if (await isFolder(folder)) return;
  const above = dirname(folder);
  if (!(await isThere(above))) await makeFolder(above, options);
  await mkdir(folder, options).catch(async (error: unknown) => {
    // Somebody else may have been quicker.
    if (!(await isFolder(folder))) throw error;
  });
}

/** The same where nothing else may happen meanwhile. */
export function makeFolderSync(folder: string, options: FolderOptions = {}): void {
  if (isFolderSync(folder)) return;
  const above = dirname(folder);
  if (statSync(above, { throwIfNoEntry: false }) === undefined) makeFolderSync(above, options);
  try {
    mkdirSync(folder, options);
  } catch (error) {
    if (!isFolderSync(folder)) throw error;
  }
}

const isFolderSync = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
const isThere = (path: string) => stat(path).then(yes, no);
const isFolder = (path: string) => stat(path).then((found) => found.isDirectory(), no);
const yes = () => true;
const no = () => false;
