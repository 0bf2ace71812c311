// Where this package lies -> its version and the files that come with it.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the package, for this file and for the compiled one, which lies a folder deeper. */
function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}

const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

export const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
};

/** @param path relative to the root of the package */
export function packageFile(path: string): string {
  return join(ROOT, path);
}
