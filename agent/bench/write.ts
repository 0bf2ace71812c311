// A file that is to be written later -> whether it can be.

import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expected } from '#common/errors.js';

/** Before a long measurement, not after. @throws CspcamError for a place that cannot be written */
export async function expectPlace(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  } catch (error) {
    throw expected('a place that can be written', file, (error as NodeJS.ErrnoException).code, error);
  }
}
