// Production node_modules -> the same without what no device reads: other platforms, sources of addons, types, maps.

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { namesOf } from './architectures.mjs';

/** Headers for native builds. Types of others stay where a package ships them by name: they are small. */
const packages = ['nan'];
/** What compilers, debuggers, linters and editors read, and what npm keeps for itself. */
const uselessFile = /\.(map|d\.[cm]?ts|[cm]?ts|cc|cpp|h|hpp|gyp|gypi)$|^\./;
/** Beside the package.json of a package, or hidden. protobufjs brings a compiler with packages of its own as `cli`. */
const uselessFolder =
  /\/node_modules\/(@[^/]+\/)?[^@/][^/]*\/(tests?|__tests__|examples?|benchmarks?)$|\/protobufjs\/(cli|bin)$|\/\.[^/]+$/;

/** @returns files and folders below, what is deeper first */
const below = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .sort((a, b) => b.path.length - a.path.length);

function dropFiles(folder, isUseless) {
  for (const { entry, path } of below(folder))
    if (entry.isFile() && isUseless(relative(folder, path))) rmSync(path);
}

/**
 * @param addons packages of which their compiled form alone is of use, beside their JavaScript
 * Licence texts may go with the rest: licencesOfOthers reads them before.
 */
export function dropUnneeded(architecture, modules, addons) {
  const { npm } = namesOf(architecture);
  for (const name of packages) rmSync(join(modules, name), { recursive: true, force: true });

  // macOS, Windows and the other architecture are 230 MB.
  dropFiles(join(modules, 'onnxruntime-node/bin'), (file) => !file.includes(`/linux/${npm}/`));
  rmSync(join(modules, 'onnxruntime-node/script'), { recursive: true });
  for (const name of addons)
    dropFiles(
      join(modules, name),
      (file) =>
        /^(examples|test|deps|src)\//.test(file) ||
        (/^build\//.test(file) && !/^build\/Release\/[^/]+\.node$/.test(file)),
    );
  dropFiles(modules, (file) => uselessFile.test(basename(file)));
  for (const { entry, path } of below(modules)) {
    if (!entry.isDirectory() || !existsSync(path)) continue;
    if (uselessFolder.test(path) || readdirSync(path).length === 0) rmSync(path, { recursive: true });
  }
}
