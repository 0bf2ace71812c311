// A tree with node_modules -> its packages, as npm has noted them down: where, which, under which licence, which bytes.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns paths relative to the tree; integrity as `sha512-` and base64 */
export function installedPackages(tree) {
  const { packages } = JSON.parse(readFileSync(join(tree, 'node_modules/.package-lock.json'), 'utf8'));
  return Object.entries(packages).map(([path, { version, license, integrity }]) => ({
    path,
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version,
    license,
    integrity,
  }));
}
