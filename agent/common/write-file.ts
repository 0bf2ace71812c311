// Bytes -> a file that is there whole or not at all, on a disk that may be full.

import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { expected } from './errors.js';

/**
 * Replaces the file in one step; what it held before stays where this fails, as do its mode and, for root, its owner.
 * Our own, as write-file-atomic 7.0.1 writes once without a look at the count: on a disk that fills up meanwhile the
 * kernel takes a part, and half a file would stand in the place of the whole one.
 *
 * @param what is written, for the message: `a place that can be written`
 * @param where a key or option that a user can find; default the file itself
 * @param mode of a file that is not there yet
 * @throws CspcamError
 */
export async function writeWhole(
  file: string,
  contents: string | Uint8Array,
  { what = 'a place that can be written', where = file, mode = 0o666 } = {},
): Promise<void> {
  // A link stays a link.
  const target = await realpath(file).catch(() => file);
  const aside = `${target}.${randomUUID()}.new`;
  try {
    await writeAndSync(aside, contents, (await stat(target).catch(() => undefined)) ?? mode);
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw expected(what, where, reasonOf(error as NodeJS.ErrnoException), error);
  }
}

/** The contents are on the disk before they get their name, or a power cut could leave the name with nothing. */
async function writeAndSync(file: string, contents: string | Uint8Array, as: Stats | number): Promise<void> {
  const handle = await open(file, 'wx', typeof as === 'number' ? as : undefined);
  try {
    await handle.writeFile(contents);
    if (typeof as !== 'number') {
      // Not every file system has owners.
      if (process.getuid?.() === 0) await handle.chown(as.uid, as.gid).catch(() => {});
      await handle.chmod(as.mode & 0o7777);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ENOSPC' ? 'ENOSPC, no space left on the disk' : (code ?? message);
}
