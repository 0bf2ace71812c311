// Files of the kernel -> their text, numbers and names, or nothing where they are absent, asleep or not for us to read.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function textOf(...path: string[]): Promise<string | undefined> {
  return readFile(join(...path), 'utf8').then(
    (content) => content.trim(),
    () => undefined,
  );
}

/** Whole numbers alone: the kernel gives no others. */
export async function numberOf(...path: string[]): Promise<number | undefined> {
  const text = await textOf(...path);
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

export async function numbersOf(files: readonly string[]): Promise<number[]> {
  const read = await Promise.all(files.map((file) => numberOf(file)));
  return read.filter((value) => value !== undefined);
}

/** Names in a folder, in the order of the alphabet; none where there is no such folder. */
export async function namesIn(folder: string, named: RegExp): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => named.test(name)).toSorted();
}
