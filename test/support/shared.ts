// Third-party weights and data beside the repository, which are not part of it: tests skip where they are absent.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** @returns the absolute path, or undefined where it is absent */
export function sharedPath(path: string): string | undefined {
  const file = resolve(import.meta.dirname, '../../../shared', path);
  return existsSync(file) ? file : undefined;
}
