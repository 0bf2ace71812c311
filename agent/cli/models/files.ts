// A file that a command is given -> its bytes, or one line that says why not.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expected } from '#common/errors.js';
import { utf8 } from '#common/utf8.js';

export async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', path, error.code ?? error.message, error);
  });
}

/** Class names in UTF-8: in another encoding they would become other names. */
export async function readNames(path: string): Promise<string> {
  const names = utf8(await read(path));
  if ('notUtf8' in names) throw expected('class names in UTF-8', path, names.notUtf8);
  return names.text;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
