// Checkout -> packages/cspcam-VERSION-jetpack4-ARCH.tar.gz: the tree that ships, started with a C library of its own.
// usage: npm run package:jetpack4 -- [--arch arm64|amd64]; boards are arm64, amd64 is for trying it on Ubuntu 18.04

import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { output } from './commands.mjs';
import { carryLibraries } from './jetpack4/carried-libraries.mjs';
import { assertBoardHas } from './jetpack4/gstreamer-symbols.mjs';
import { useLibrariesAt } from './jetpack4/own-loader.mjs';
import { packagesFolder, root } from './kept.mjs';
import { bomFile, makeTree } from './tree.mjs';
import { versionOf } from './version.mjs';

const here = join(import.meta.dirname, 'jetpack4');
/** `install` puts them there: a program has its loader by one absolute path. */
const librariesOnBoard = '/opt/cspcam-libraries';

/** The bill of materials tells of the libraries too, and of Node as it now is. */
function addToBill(file, node, architecture, versions) {
  const bom = JSON.parse(readFileSync(file, 'utf8'));
  const added = Object.entries(versions).map(([name, version]) => {
    const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`;
    return { type: 'library', 'bom-ref': purl, name, version, purl };
  });
  bom.components.find((component) => component.name === 'node' && component.type === 'platform').hashes = [
    { alg: 'SHA-256', content: createHash('sha256').update(readFileSync(node)).digest('hex') },
  ];
  bom.components.push(...added);
  const own = bom.dependencies.find(({ ref }) => ref === bom.metadata.component['bom-ref']);
  own.dependsOn.push(...added.map((component) => component['bom-ref']));
  bom.dependencies.push(...added.map((component) => ({ ref: component['bom-ref'], dependsOn: [] })));
  writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
}

const { values } = parseArgs({ options: { arch: { type: 'string', default: 'arm64' } } });
const { version, builtAt } = versionOf();
const name = `cspcam-${version}-jetpack4-${values.arch}`;
const folder = join(packagesFolder, name);
rmSync(folder, { recursive: true, force: true });
const tree = join(folder, 'tree');
const unpacked = join(folder, 'libraries/unpacked');
for (const path of [tree, unpacked]) mkdirSync(path, { recursive: true });

const nodeVersion = makeTree(values.arch, tree, builtAt);
assertBoardHas(join(tree, 'node_modules/gstreamer-superficial/build/Release/gstreamer-superficial.node'));
const carried = carryLibraries(values.arch, unpacked);
renameSync(unpacked, join(folder, 'libraries', carried.version));
useLibrariesAt(`${librariesOnBoard}/${carried.version}`, join(tree, 'bin/node'), carried);
addToBill(join(tree, bomFile), join(tree, 'bin/node'), values.arch, carried.versions);

copyFileSync(join(here, 'cspcam'), join(tree, 'bin/cspcam'));
cpSync(join(root, 'scripts/systemd'), join(folder, 'systemd'), { recursive: true });
for (const file of ['install', 'README.md']) copyFileSync(join(here, file), join(folder, file));
writeFileSync(join(folder, 'architecture'), `${values.arch}\n`);

const file = `${name}.tar.gz`;
output(
  'tar',
  [
    ...[
      '--create',
      '--sort=name',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      `--mtime=${builtAt.toISOString()}`,
    ],
    ...['--use-compress-program=gzip --no-name', `--file=${file}`, name],
  ],
  { cwd: packagesFolder },
);
const megabytes = (path) => (statSync(path).size / 1e6).toFixed(1);
const unpackedMegabytes = (
  Number(output('du', ['--summarize', '--bytes', folder]).split('\t')[0]) / 1e6
).toFixed(0);
rmSync(folder, { recursive: true });
process.stdout.write(
  `packages/${file}, ${megabytes(join(packagesFolder, file))} MB, ${unpackedMegabytes} MB unpacked, with Node ${nodeVersion} and C library ${carried.version}\n`,
);
