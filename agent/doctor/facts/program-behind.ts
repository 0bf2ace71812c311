// A command's file -> the program that it starts: itself, where a link leads, or what a script of a package names.

import { open, realpath } from 'node:fs/promises';

const MOST_BYTES = 1024;

/** @returns nothing for a file that is not there */
export async function programBehind(file: string): Promise<string | undefined> {
  const real = await realpath(file).catch(() => undefined);
  if (real === undefined) return undefined;
  const named = /(\/\S*main\.js)\b/.exec(await beginning(real))?.[1];
  return named === undefined ? real : await realpath(named).catch(() => named);
}

/** Of a script of a few lines; nothing of other programs. */
async function beginning(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES);
    const text = buffer.toString('latin1', 0, bytesRead);
    return /^#!\s*\S*sh\b/.test(text) ? text : '';
  } finally {
    await handle.close();
  }
}
