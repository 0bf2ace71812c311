// A path -> a folder that is there, and all above it.

import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

interface FolderOptions {
  /** Of each folder that is made, whatever the umask; default what that leaves. */
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
  try {
    await mkdir(folder, options);
  } catch (error) {
    // Somebody else may have been quicker.
    if (!(await isFolder(folder))) throw error;
    return;
  }
  const whole = wholeMode((await stat(folder)).mode, options);
  // Not every file system has modes.
  if (whole !== undefined) await chmod(folder, whole).catch(() => {});
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
    return;
  }
  const whole = wholeMode(statSync(folder).mode, options);
  if (whole === undefined) return;
  try {
    chmodSync(folder, whole);
  } catch {
    // Not every file system has modes.
  }
}

/** Beside what is asked for stays a group that is handed down (setgid). @returns nothing where nothing is missing */
function wholeMode(found: number, { mode = 0 }: FolderOptions): number | undefined {
  const whole = (found | mode) & 0o7777;
  return whole === (found & 0o7777) ? undefined : whole;
}

const isFolderSync = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
const isThere = (path: string) => stat(path).then(yes, no);
const isFolder = (path: string) => stat(path).then((found) => found.isDirectory(), no);
const yes = () => true;
const no = () => false;
