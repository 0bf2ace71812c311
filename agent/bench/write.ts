// Text -> a file that is there whole or not at all.

import { rename, rm, writeFile } from 'node:fs/promises';
import { expected } from '../errors.js';

/** @throws CspcamError for a place that cannot be written */
export async function writeWhole(file: string, text: string): Promise<void> {
  const aside = `${file}.${process.pid}.new`;
  try {
    await writeFile(aside, text);
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw expected('a place that can be written', file, (error as NodeJS.ErrnoException).code, error);
  }
}
