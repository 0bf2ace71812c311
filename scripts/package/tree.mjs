// Checkout, architecture -> the tree that ships: bin/node, dist, production node_modules, models, profiles, the demo;
// beside them its bill of materials and the licences of others. Every kind of package is made of it.

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addonsIn, buildAddons } from './addons.mjs';
import { namesOf } from './architectures.mjs';
import { billOfMaterials } from './bill-of-materials.mjs';
import { output, quietNpm } from './commands.mjs';
import { root } from './kept.mjs';
import { licencesOfOthers } from './licences.mjs';
import { nodeRuntime } from './node-runtime.mjs';
import { dropUnneeded } from './unneeded.mjs';

/** Beside the tree's folders. */
export const bomFile = 'sbom.cdx.json';
export const licencesFile = 'LICENCES-OF-OTHERS.txt';

/** What npm would publish, as package.json lists it, without what sets up a checkout. */
function unpackProduct(folder) {
  const parent = mkdtempSync(join(tmpdir(), 'cspcam-product-'));
  const [{ filename }] = JSON.parse(
    output('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', parent], { cwd: root }),
  );
  output('tar', ['--extract', '--strip-components=1', '-C', folder, '-f', join(parent, filename)]);
  rmSync(parent, { recursive: true });
  rmSync(join(folder, 'scripts'), { recursive: true });
}

/**
 * @param folder empty, gets the tree; dist must have been compiled
 * @param builtAt Date that the bill of materials gives, of the commit rather than of the clock
 * @returns the version of its Node
 */
export function makeTree(architecture, folder, builtAt) {
  const { npm } = namesOf(architecture);
  const node = nodeRuntime(architecture);
  unpackProduct(folder);

  // Types and tools of developers are none of the tree's business, and npm would miss them in it.
  const manifestFile = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  copyFileSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'));
  const target = ['--os=linux', `--cpu=${npm}`, '--libc=glibc'];
  output('npm', ['ci', '--omit=dev', ...target, ...quietNpm], { cwd: folder });
  buildAddons(architecture, folder, node.folder);
  const addons = addonsIn(folder);

  const { scripts, devDependencies, files, ...shipped } = manifest;
  writeFileSync(manifestFile, `${JSON.stringify(shipped, null, 2)}\n`);
  rmSync(join(folder, 'package-lock.json'));
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(node.folder, 'bin/node'), join(folder, 'bin/node'));
  chmodSync(join(folder, 'bin/node'), 0o755);

  const bom = billOfMaterials(folder, node.version, builtAt);
  writeFileSync(join(folder, bomFile), `${JSON.stringify(bom, null, 2)}\n`);
  writeFileSync(join(folder, licencesFile), licencesOfOthers(folder, node.folder));
  dropUnneeded(architecture, join(folder, 'node_modules'), addons);
  // Commands of packages are nobody's here, and would need a node in PATH.
  output('chmod', ['-R', 'a-x,u+w,go-w,a+rX', join(folder, 'node_modules')]);
  output('chmod', ['-R', 'u+w,go-w,a+rX', folder]);
  return node.version;
}
