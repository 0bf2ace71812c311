// packages/ -> the newest Debian package there, and others like it with another version or configuration.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const packagesFolder = resolve(import.meta.dirname, '../../packages');

/** @returns the whole name of the file */
export function newestDeb(architecture: string): string {
  const made = (name: string) => statSync(join(packagesFolder, name)).mtimeMs;
  const files = readdirSync(packagesFolder).filter((name) => name.endsWith(`_${architecture}.deb`));
  const newest = files.sort((a, b) => made(b) - made(a))[0];
  if (newest === undefined)
    throw new Error(
      `expected packages/cspcam_VERSION_${architecture}.deb, received none: npm run package:deb -- --arch ${architecture}`,
    );
  return join(packagesFolder, newest);
}

/** The same package as a later version, uncompressed. */
export function laterDeb(file: string, version: string, target: string, change: (folder: string) => void) {
  const folder = `${target}.d`;
  mkdirSync(folder);
  execFileSync('dpkg-deb', ['-R', file, folder]);
  const control = join(folder, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${version}`));
  change(folder);
  execFileSync('dpkg-deb', ['-Znone', '--build', folder, target]);
  rmSync(folder, { recursive: true });
}
