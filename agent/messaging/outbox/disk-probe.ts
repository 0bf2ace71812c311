// Folder -> whether its disk takes anything now.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expected } from '#common/errors.js';
import { makeFolderSync } from '#common/make-folder.js';

/** As large as what a disk gives out at once. */
const PROBE_BYTES = 4096;

/** @throws whatever the disk throws that does not take it */
export function probeDisk(directory: string): void {
  const file = join(directory, 'probe');
  try {
    writeFileSync(file, Buffer.alloc(PROBE_BYTES));
  } finally {
    try {
      rmSync(file, { force: true });
    } catch {}
  }
}

/**
 * Makes the folder where it is not there.
 *
 * @param where key of the configuration that names the folder
 * @throws CspcamError where it takes nothing
 */
export function expectWritable(directory: string, where: string): void {
  try {
    makeFolderSync(directory, { mode: 0o700 });
    probeDisk(directory);
  } catch (error) {
    throw expected('a folder that can be written', where, (error as Error).message, error);
  }
}
