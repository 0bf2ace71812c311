// Checkout -> packages/cspcam_VERSION_ARCH.deb. usage: npm run package:deb -- [--arch amd64|arm64]

import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { output } from './commands.mjs';
import { packagesFolder, root } from './kept.mjs';
import { licencesFile, makeTree } from './tree.mjs';
import { versionOf } from './version.mjs';

const here = join(import.meta.dirname, 'deb');
const { values } = parseArgs({
  options: { arch: { type: 'string', default: output('dpkg', ['--print-architecture']) } },
});
const { version, builtAt } = versionOf();
const folder = join(packagesFolder, `deb-${values.arch}`);
rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, 'tree'), { recursive: true });

const nodeVersion = makeTree(values.arch, join(folder, 'tree'), builtAt);
cpSync(here, folder, { recursive: true });
const debian = join(folder, 'debian');
const copyright = join(debian, 'copyright');
writeFileSync(
  copyright,
  readFileSync(copyright, 'utf8') + readFileSync(join(folder, 'tree', licencesFile), 'utf8'),
);
const day = new Date(builtAt).toUTCString().replace('GMT', '+0000');
const maintainer = /^Maintainer: (.*)$/m.exec(readFileSync(join(debian, 'control'), 'utf8'))[1];
writeFileSync(
  join(debian, 'changelog'),
  `cspcam (${version}) stable; urgency=medium\n\n  * See changelog.gz, and Node ${nodeVersion}.\n\n -- ${maintainer}  ${day}\n`,
);
writeFileSync(
  join(folder, 'every-key.yaml'),
  output(process.execPath, [join(root, 'dist/agent/cli/main.js'), 'config', 'init', '-']),
);
// For the oldest systemd that the package is for, 245, which warns of what 247 has learnt and goes on. What a Jetson needs
// is put in place on a Jetson, by cspcam.postinst.
output(join(root, 'scripts/systemd/units'), ['/usr/bin/cspcam', join(folder, 'units'), '247', 'any']);
for (const unit of ['cspcam.service', 'cspcam@.service'])
  renameSync(join(folder, 'units', unit), join(debian, unit));
cpSync(join(root, 'scripts/systemd/drop-ins/50-jetson.conf'), join(folder, '50-jetson.conf'));

// Reproducible: dpkg-deb takes no file as younger than this.
const env = {
  ...process.env,
  SOURCE_DATE_EPOCH: String(builtAt.getTime() / 1000),
  DEB_BUILD_OPTIONS: 'noautodbgsym',
};
output('dpkg-architecture', [`-a${values.arch}`, '--force', '-c', 'debian/rules', 'binary'], {
  cwd: folder,
  env,
});
const file = `cspcam_${version}_${values.arch}.deb`;
renameSync(join(folder, file), join(packagesFolder, file));
rmSync(folder, { recursive: true });
const megabytes = (statSync(join(packagesFolder, file)).size / 1e6).toFixed(1);
process.stdout.write(`packages/${file}, ${megabytes} MB, with Node ${nodeVersion}\n`);
