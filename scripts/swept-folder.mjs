// A prefix -> a temporary folder that says whose it is; those of processes that were killed are gone, with their mounts.

import { execFile } from 'node:child_process';
import { lstat, mkdtemp, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const OWNER = '.owner';

/**
 * @param end told of each folder that nobody has any more, before it goes: ends what still runs in there
 * @returns its path; whoever asked removes it in the end, if it can
 */
export async function sweptFolder(prefix, end = async () => {}) {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    // Another run may be at it as well; what is still in use goes the next time.
    await sweep(join(tmpdir(), name), end).catch(() => {});
  }
  const folder = await mkdtemp(join(tmpdir(), prefix));
  await writeFile(join(folder, OWNER), JSON.stringify(await identityOf(process.pid)));
  return folder;
}

/** A folder that is gone has none. @throws where one of them is in use */
export async function unmountIn(folder) {
  const real = await realpath(folder).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (real === undefined) return;
  const within = `${real}/`;
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  const points = mounts.split('\n').map((line) => unescaped(line.split(' ')[4] ?? ''));
  // What was mounted last lies on top.
  for (const point of points.reverse())
    if (point.startsWith(within)) await promisify(execFile)('umount', [point]);
}

/** The kernel writes a space as `\040`. */
function unescaped(path) {
  return path.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}

async function sweep(folder, end) {
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid() || !(await isLeft(folder))) return;
  await end(folder);
  await unmountIn(folder);
  await rm(folder, { recursive: true, force: true });
}

/** Not where nobody says whose it is, or somebody does whom this process cannot see. */
async function isLeft(folder) {
  const owner = JSON.parse(await readFile(join(folder, OWNER), 'utf8'));
  const now = await identityOf(owner.pid);
  return owner.namespace === now.namespace && owner.startedTicks !== now.startedTicks;
}

/** Ids of processes are used anew, but not with the same time of the start. */
async function identityOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  // Its name, in brackets, may have spaces in it.
  const startedTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  return { pid, startedTicks, namespace: await readlink('/proc/self/ns/pid') };
}
