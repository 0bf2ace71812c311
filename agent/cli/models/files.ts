// A file that a command is given -> its bytes, or one line that says why not.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expected } from '#common/errors.js';

export async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', path, error.code ?? error.message, error);
  });
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
