// Architecture -> the C library of Debian 12 with its loader, and the C++ library: what a bundle brings to a board
// whose own are too old for Node. Everything else, GStreamer first of all, stays the board's.

import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { namesOf } from '../architectures.mjs';
import { output } from '../commands.mjs';
import { mirrorOf } from '../mirror.mjs';

const suite = 'bookworm';
/** Their copyright files go with them. */
const packages = ['libc6', 'libgcc-s1', 'libstdc++6'];

/**
 * The parts of one C library call each other by names that change with every version: none of them may come from the
 * board. Left out is what debuggers and profilers load.
 */
const carriedFile =
  /^(ld-linux[\w-]*|lib(c|m|dl|pthread|rt|util|resolv|anl|nsl|mvec|BrokenLocale|nss_\w+|gcc_s|stdc\+\+))\.so\.\d+$/;
const isLoader = (name) => name.startsWith('ld-linux');
/** The C library itself opens these, where /etc/nsswitch.conf names them. */
const isNameService = (name) => name.startsWith('libnss_');

/** @returns the first line's version in the changelog of a Debian package, such as 2.36-9+deb12u10 */
export const changelogVersion = (changelog) => /^\S+ \(([^)]+)\)/.exec(changelog)?.[1];

/**
 * @param folder empty, gets the libraries and, below `copyright`, the notices
 * @returns the packages that they are of, the version of the C library, the loader's file name, and the libraries
 *   that programs are linked with
 */
export function carryLibraries(architecture, folder) {
  const { triple } = namesOf(architecture);
  const root = mkdtempSync(join(tmpdir(), 'cspcam-libraries-'));
  output('mmdebstrap', [
    ...['--quiet', '--variant=extract', `--arch=${architecture}`, `--include=${packages.join(',')}`],
    ...[suite, join(root, 'system'), ...mirrorOf(suite)],
  ]);
  const system = join(root, 'system');
  const names = new Set();
  for (const place of ['lib', 'usr/lib'].map((name) => join(system, name, triple)))
    for (const name of readdirSync(place).filter((file) => carriedFile.test(file))) {
      copyFileSync(realpathSync(join(place, name)), join(folder, name));
      names.add(name);
    }
  const notices = join(folder, 'copyright');
  mkdirSync(notices);
  const versions = {};
  for (const name of packages) {
    const documents = join(system, 'usr/share/doc', name);
    copyFileSync(realpathSync(join(documents, 'copyright')), join(notices, name));
    versions[name] = changelogVersion(
      gunzipSync(readFileSync(join(documents, 'changelog.Debian.gz'))).toString(),
    );
  }
  rmSync(root, { recursive: true });

  const loader = [...names].find(isLoader);
  output('chmod', ['-R', 'u=rwX,go=rX', folder]);
  output('chmod', ['0755', join(folder, loader)]);
  return {
    versions,
    version: versions.libc6,
    loader,
    libraries: [...names].filter((name) => !isLoader(name) && !isNameService(name)).sort(),
  };
}
