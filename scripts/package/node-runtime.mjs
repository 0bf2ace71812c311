// Architecture -> the Node that packages carry: bin/node, include/ for native builds, LICENSE. From npm, locked.

import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { namesOf } from './architectures.mjs';
import { output, quietNpm } from './commands.mjs';
import { kept } from './kept.mjs';

const lockFolder = join(import.meta.dirname, 'node');
const { optionalDependencies } = createRequire(import.meta.url)('./node/package.json');

/** @returns its folder and its version, such as 24.21.0 */
export function nodeRuntime(architecture) {
  const { npm } = namesOf(architecture);
  const name = `node-linux-${npm}`;
  const version = optionalDependencies[name];
  const folder = kept(`node-${version}-${architecture}`, (unfinished) => {
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(join(lockFolder, file), join(unfinished, file));
    output('npm', ['ci', ...quietNpm, '--os=linux', `--cpu=${npm}`], { cwd: unfinished });
  });
  return { folder: join(folder, 'node_modules', name), version };
}
