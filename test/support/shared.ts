// Third-party weights and data beside the repository -> their paths. They are not part of it and cannot be: tests that
// need them skip where they are absent, in CI too.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** @returns the absolute path, or undefined where it is absent */
export function sharedPath(path: string): string | undefined {
  const file = resolve(import.meta.dirname, '../../../shared', path);
  return existsSync(file) ? file : undefined;
}
