// Bytes -> a file that is there whole or not at all, on a disk that may be full. The only owner of write-file-atomic.

import writeFileAtomic from 'write-file-atomic';
import { expected } from './errors.js';

/**
 * Replaces the file in one step; what it held before stays where this fails.
 *
 * @param what is written, for the message: `a place that can be written`
 * @param where a key or option that a user can find; default the file itself
 * @throws CspcamError
 */
export async function writeWhole(
  file: string,
  contents: string | Buffer,
  { what = 'a place that can be written', where = file } = {},
): Promise<void> {
  try {
    await writeFileAtomic(file, contents);
  } catch (error) {
    throw expected(what, where, reasonOf(error as NodeJS.ErrnoException), error);
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ENOSPC' ? 'ENOSPC, no space left on the disk' : (code ?? message);
}
