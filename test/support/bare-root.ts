// A release -> a bare root of it and commands in there, with a layer of its own over the root that others share.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const makeRoot = resolve(import.meta.dirname, '../../scripts/package/bare-root.mjs');

export interface Release {
  /** As debootstrap calls it. */
  readonly suite: string;
  readonly architecture: 'amd64' | 'arm64';
}

export interface BareRoot {
  /** @returns what the command has printed on both; an error where it fails */
  run(command: string): Promise<string>;
  /** A command that goes on; `close` ends it. */
  start(command: string): ChildProcess;
  close(): Promise<void>;
}

/** @param shared folder of this machine that is seen there, at /shared */
export async function openBareRoot({ suite, architecture }: Release, shared: string): Promise<BareRoot> {
  const { stdout } = await promisify(execFile)(process.execPath, [makeRoot, suite, architecture]);
  const lower = stdout.trim();
  const layer = await mkdtemp(join(tmpdir(), 'root-'));
  for (const name of ['upper', 'work', 'root']) await mkdir(join(layer, name));
  const root = join(layer, 'root');
  // Mounts and processes are of a namespace of their own: nothing of them is left when its first process has gone.
  const entry = [
    'set -e',
    `mount -t overlay overlay -o lowerdir=${lower},upperdir=${layer}/upper,workdir=${layer}/work ${root}`,
    `mkdir -p ${root}/shared && mount --bind ${shared} ${root}/shared`,
    `cp -L /etc/resolv.conf /etc/hosts ${root}/etc/`,
    `mount -t proc proc ${root}/proc && mount -t sysfs -o ro sysfs ${root}/sys`,
    `exec chroot ${root} /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive /bin/sh -c "$1"`,
  ].join('\n');
  const running = new Set<ChildProcess>();
  const start = (command: string) => {
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child'];
    const child = spawn('unshare', [...namespaces, 'sh', '-c', entry, 'sh', command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  return {
    start,
    run: async (command) => {
      const child = start(command);
      let printed = '';
      for (const stream of [child.stdout!, child.stderr!])
        stream.setEncoding('utf8').on('data', (text) => {
          printed += text;
        });
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`expected exit code 0 of ${command}, received ${code}\n${printed}`);
      return printed;
    },
    close: async () => {
      for (const child of running) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(layer, { recursive: true, force: true });
    },
  };
}
