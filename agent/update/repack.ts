// The package as it is installed -> a .deb of it, for when there is none to go back to.

import { createHash } from 'node:crypto';
import { chmod, copyFile, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expected } from '#common/errors.js';
import { lastLines, run } from './program.js';

/** What dpkg keeps of a package beside its control file, and packages bring. */
const CONTROL_FILES = /^(preinst|postinst|prerm|postrm|md5sums|triggers|shlibs|config|templates)$/;
/** Of the status of a package, what dpkg adds itself. */
const OF_STATUS = /^(Status|Conffiles|Config-Version):.*\n(?: .*\n)*/gm;
/** The configuration as it was shipped: the one in /etc is the owner's by now. */
const SHIPPED = { conffile: '/etc/cspcam/cspcam.yaml', as: '/usr/share/cspcam/cspcam.yaml' };

/**
 * As dpkg-repack does it, without its own package; conffiles are those that were shipped, or dpkg would take what the
 * owner has written for the shipped one, and replace it at the next update.
 *
 * @param folder is made, filled and removed
 * @throws CspcamError where that cannot be
 */
export async function repack(name: string, target: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'DEBIAN'), { recursive: true });
  await chmod(join(folder, 'DEBIAN'), 0o755);
  try {
    await copyControl(name, join(folder, 'DEBIAN'));
    await copyFiles(name, folder);
    await putShippedConffiles(name, folder);
    await must('dpkg-deb', ['-Znone', '--build', '--root-owner-group', folder, target]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyControl(name: string, folder: string): Promise<void> {
  const status = await must('dpkg-query', ['--status', name]);
  await writeFile(join(folder, 'control'), status.replaceAll(OF_STATUS, ''));
  const files = (await must('dpkg-query', ['--control-path', name])).split('\n').filter(Boolean);
  for (const file of files) {
    const kind = basename(file).replace(/^.*\./, '');
    if (CONTROL_FILES.test(kind)) await cp(file, join(folder, kind), { preserveTimestamps: true });
  }
}

async function copyFiles(name: string, folder: string): Promise<void> {
  const listed = await must('dpkg-query', ['--listfiles', name]);
  for (const path of listed.split('\n').filter((path) => path.startsWith('/') && path !== '/.')) {
    const target = join(folder, path);
    // Not what a link leads to, but for folders: /lib is one in most places, and a folder in packages.
    const kind = await stat(path).catch(() => undefined);
    if (kind?.isDirectory()) {
      await mkdir(target, { recursive: true });
      await chmod(target, kind.mode & 0o7777);
    } else if (kind !== undefined) {
      // What this machine leaves out of every package, as manuals, is missing.
      await cp(path, target, { preserveTimestamps: true, verbatimSymlinks: true });
    }
  }
}

/** dpkg keeps their names and sums in the status, and not with the rest. */
async function putShippedConffiles(name: string, folder: string): Promise<void> {
  const said = await must('dpkg-query', ['--show', `--showformat=\${Conffiles}\\n`, name]);
  const conffiles = [...said.matchAll(/^ (\/\S+) ([0-9a-f]{32})$/gm)];
  for (const [, path, sum] of conffiles) {
    const placed = join(folder, path!);
    if (path === SHIPPED.conffile) {
      await copyFile(SHIPPED.as, placed);
      await chmod(placed, 0o644);
    }
    if ((await md5(placed)) !== sum)
      throw expected(`${path} as it was shipped`, 'the package to go back to', 'a changed one');
  }
  await writeFile(join(folder, 'DEBIAN/conffiles'), conffiles.map(([, path]) => `${path}\n`).join(''));
}

async function md5(file: string): Promise<string> {
  return createHash('md5')
    .update(await readFile(file))
    .digest('hex');
}

async function must(program: string, args: readonly string[]): Promise<string> {
  const ended = await run(program, args);
  if (ended.code === 0) return ended.out;
  const said = lastLines(ended, 1).join('');
  throw expected(`an end of ${program} ${args[0]}`, 'the package to go back to', said);
}
