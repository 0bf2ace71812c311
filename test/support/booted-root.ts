// A Debian root -> the same, booted with its own systemd by systemd-nspawn; whatever it writes is thrown away.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { argumentsOf, childrenOf } from './processes.js';
import { systemRoots } from './system-roots.js';

const execute = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');
const PREPARE = join(checkout, 'test/system/prepare-root');
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Of version 1, where the machine has them so: nspawn hands on none of these by itself. */
const CONTROLLERS = ['memory', 'pids', 'devices'] as const;
const isCgroup1 = existsSync(`/sys/fs/cgroup/${CONTROLLERS[0]}`);
const PREFIX = 'booted-';
const ROOT = 'root';
/** Processes that were killed are in their groups a moment longer. */
const MOST_TRIES = 100;
const TRY_MS = 50;

export interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface BootedRoot {
  /** Runs a line of sh as root; any exit code is an answer. */
  run(line: string): Promise<Output>;
  /** The same, for what must work. @returns standard output without the last line feed */
  do(line: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** A file of this machine. */
  copy(file: string, path: string): Promise<void>;
  close(): Promise<void>;
}

/** A Debian 12 with what the agent and its tests need; kept from run to run, as making it takes some minutes. */
export async function preparedRoot(): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('expected root for a booted machine, received another user');
  const root = join(systemRoots(), 'debian12');
  if (!existsSync(root)) {
    console.log(`making a Debian 12 in ${root}, which takes some minutes`);
    await mkdir(dirname(root), { recursive: true });
    await execute(PREPARE, [root], { maxBuffer: 1e9 });
  }
  return root;
}

/**
 * The checkout is at /src, and may be written to; there is no network but the loopback.
 *
 * @param prepare what has to be in the folder, or fetched into it, before it boots
 */
export async function bootRoot(
  root: string,
  prepare: (folder: string) => Promise<void> = async () => {},
): Promise<BootedRoot> {
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  const name = folder.split('/').at(-1)!;
  const machine = join(folder, ROOT);
  const overlaid = async (below: string, at: string, as: string) => {
    const [upper, work] = ['upper', 'work'].map((kind) => join(folder, `${as}-${kind}`));
    await Promise.all([upper!, work!, at].map((path) => mkdir(path, { recursive: true })));
    const options = `lowerdir=${below},upperdir=${upper},workdir=${work}`;
    await execute('mount', ['-t', 'overlay', 'overlay', '-o', options, at]);
  };
  await overlaid(root, machine, 'root');
  await overlaid(checkout, join(machine, 'src'), 'src');
  const discard = async () => {
    await execute('umount', [join(machine, 'src')]);
    await execute('umount', [machine]);
    await rm(folder, { recursive: true });
  };
  try {
    await prepare(machine);
  } catch (error) {
    await discard();
    throw error;
  }

  const nspawn = boot(machine, name);
  const run = async (line: string): Promise<Output> => {
    const [init] = await childrenOf(nspawn.pid!);
    if (init === undefined) return { code: 255, out: '', err: 'nothing is booted' };
    const inside = ['--target', `${init}`, '--all', '--', 'sh', '-c', line];
    const options = {
      maxBuffer: MOST_OUTPUT_BYTES,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' },
    };
    return execute('nsenter', inside, options).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
    );
  };
  const must = async (line: string) => {
    const { code, out, err } = await run(line);
    if (code !== 0) throw new Error(`expected ${line} to work, received ${code}: ${out}${err}`);
    return out.trimEnd();
  };
  // A unit of Debian's that fails in a container is nobody's business here.
  while (!/running|degraded/.test((await run('systemctl is-system-running --wait')).out)) await wait(200);
  if (isCgroup1) {
    for (const controller of CONTROLLERS) await must(`mount -o remount,rw,bind /sys/fs/cgroup/${controller}`);
    // It has looked once, and found what it may not write to.
    await must('systemctl daemon-reexec');
  }
  return {
    run,
    do: must,
    write: async (path, text) => {
      await mkdir(dirname(join(machine, path)), { recursive: true });
      await writeFile(join(machine, path), text);
    },
    copy: (file, path) => cp(file, join(machine, path)),
    close: async () => {
      await run('systemctl poweroff');
      const ended = once(nspawn, 'exit');
      if (nspawn.exitCode === null && nspawn.signalCode === null)
        await Promise.race([ended, wait(30_000).then(() => kill(nspawn.pid!))]);
      await discard();
      await removeGroups(name);
    },
  };
}

/** @param folder of tests that were killed: nobody else closes what they booted; mounts stay */
export async function endMachinesIn(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((entry) => entry.startsWith(PREFIX))) {
    const isOfMachine = `--directory=${join(folder, name, ROOT)}`;
    for (const pid of (await readdir('/proc')).map(Number).filter((id) => id > 0))
      if ((await argumentsOf(pid)).includes(isOfMachine)) await kill(pid);
    await removeGroups(name);
  }
}

/** Init goes on without nspawn; everything in there ends with it. */
async function kill(nspawn: number): Promise<void> {
  const init = await childrenOf(nspawn);
  for (const pid of [nspawn, ...init]) process.kill(pid, 'SIGKILL');
}

/** Groups of services are below: the deepest first, and none that stays in use. */
async function removeGroups(name: string): Promise<void> {
  for (const group of groupsOf(name))
    for (let tries = 0; existsSync(group) && tries < MOST_TRIES; tries++) {
      if (tries > 0) await wait(TRY_MS);
      await execute('find', [group, '-depth', '-type', 'd', '-delete']).catch(() => {});
    }
}

/** Of a machine. */
function groupsOf(name: string): string[] {
  return isCgroup1 ? CONTROLLERS.map((controller) => `/sys/fs/cgroup/${controller}/${name}`) : [];
}

/** @returns systemd-nspawn, whose one child is the init of the root */
function boot(machine: string, name: string): ChildProcess {
  const enter = groupsOf(name).map((group) => `mkdir ${group} && echo $$ >${group}/cgroup.procs`);
  const nspawn =
    'exec systemd-nspawn --quiet --register=no --keep-unit --private-network --capability=all --console=pipe ' +
    `--machine=${name} --directory=${machine} --boot`;
  return spawn('sh', ['-ec', [...enter, nspawn].join(' && ')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // A signal to the group of who runs the test is not for it.
    detached: true,
  });
}
