// The Debian package in packages/ -> packages/cspcam-VERSION-oci-ARCH.tar: an image of Debian 12 with it installed, for
// `docker load` and `podman load`. No daemon and no registry has a part in it.
// usage: npm run package:oci -- [--arch amd64|arm64] [--deb FILE]; without FILE it is that of this commit: npm run package:deb

import { existsSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sweptFolder } from '../swept-folder.mjs';
import { namesOf } from './architectures.mjs';
import { output } from './commands.mjs';
import { packagesFolder, root } from './kept.mjs';
import { addDockerManifest, imageOptions } from './oci/image.mjs';
import { makeRootArchive } from './oci/root-archive.mjs';
import { versionOf } from './version.mjs';

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: output('dpkg', ['--print-architecture']) },
    deb: { type: 'string' },
  },
});
const { arch } = values;
namesOf(arch);
const { version: versionHere, builtAt } = versionOf();
const deb = resolve(values.deb ?? join(packagesFolder, `cspcam_${versionHere}_${arch}.deb`));
if (!existsSync(deb))
  throw new Error(`expected ${deb}, received none: npm run package:deb -- --arch ${arch}`);
const version = output('dpkg-deb', ['--field', deb, 'Version']);
// Before the root is made, which takes minutes.
for (const program of ['mmdebstrap', 'umoci']) output(program, ['--version']);
const folder = await sweptFolder('cspcam-oci-');
// However it ends.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const layer = join(folder, 'root.tar');
makeRootArchive(arch, deb, layer, builtAt);
const unpackedBytes = statSync(layer).size;

const layout = join(folder, 'image');
const image = `${layout}:latest`;
const revision = output('git', ['rev-parse', 'HEAD'], { cwd: root });
output('umoci', ['init', '--layout', layout]);
output('umoci', ['new', '--image', image]);
output('umoci', ['raw', 'add-layer', '--image', image, '--history.created', builtAt.toISOString(), layer]);
rmSync(layer);
output('umoci', ['config', '--image', image, ...imageOptions({ arch, version, revision, builtAt })]);
// Manifests of the steps before.
output('umoci', ['gc', '--layout', layout]);
addDockerManifest(layout, `cspcam:${version.replaceAll(/[^\w.-]/g, '-')}`);

const file = join(packagesFolder, `cspcam-${version}-oci-${arch}.tar`);
output('tar', [
  ...[
    '--create',
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    `--mtime=${builtAt.toISOString()}`,
  ],
  ...[`--file=${folder}/whole.tar`, '-C', layout, '.'],
]);
output('mv', [join(folder, 'whole.tar'), file]);
const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
process.stdout.write(
  `packages/${file.slice(packagesFolder.length + 1)}, ${megabytes(statSync(file).size)} MB, ${megabytes(unpackedBytes)} MB unpacked\n`,
);
