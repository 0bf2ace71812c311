// Folders of processes that live, were killed, or cannot be seen -> which of them are there once another one is asked for.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isHere } from '../../support/tools.js';

const program = resolve(import.meta.dirname, '../../../scripts/swept-folder.mjs');
const { sweptFolder, unmountIn } = await import(program);

const holders: ChildProcess[] = [];
let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'swept-'));
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(() => {
  for (const holder of holders.splice(0)) holder.kill('SIGKILL');
  vi.unstubAllEnvs();
});

/** A process that lives on, with a folder. */
async function holding(): Promise<{ readonly folder: string; kill(): Promise<void> }> {
  const code = `import { sweptFolder } from ${JSON.stringify(program)}; console.log(await sweptFolder('run-')); process.stdin.resume();`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  holders.push(holder);
  const [folder] = await once(createInterface(holder.stdout), 'line');
  return {
    folder,
    kill: async () => {
      const gone = once(holder, 'exit');
      holder.kill('SIGKILL');
      await gone;
    },
  };
}

async function changeOwner(folder: string, change: object): Promise<void> {
  const file = join(folder, '.owner');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }));
}

test('those of processes that were killed are gone, what lives and what is of others stays', async () => {
  const living = await holding();
  const killed = await holding();
  await mkdir(join(killed.folder, 'deep/er'), { recursive: true });
  await symlink(living.folder, join(killed.folder, 'link'));
  const others = ['run-without-owner', 'other-run'];
  for (const name of others) await mkdir(join(temporary, name));
  await writeFile(join(temporary, 'run-file'), '');
  await killed.kill();
  const told: string[] = [];
  const own = await sweptFolder('run-', async (folder: string) => told.push(folder));
  expect((await readdir(temporary)).map((name) => join(temporary, name)).toSorted()).toEqual(
    [own, living.folder, ...[...others, 'run-file'].map((name) => join(temporary, name))].toSorted(),
  );
  expect(told).toEqual([killed.folder]);
  expect(existsSync(join(living.folder, '.owner'))).toBe(true);
});

test.each([
  ['an id that another process has by now', { pid: process.pid }, false],
  ['a process of another container', { namespace: 'pid:[1]' }, true],
])('%s', async (_, change, stays) => {
  const { folder, kill } = await holding();
  await changeOwner(folder, change);
  await kill();
  await sweptFolder('run-');
  expect(existsSync(folder)).toBe(stays);
});

test('what still runs in there cannot be ended: it stays for the next time', async () => {
  const { folder, kill } = await holding();
  await kill();
  await sweptFolder('run-', () => Promise.reject(new Error('busy')));
  expect(existsSync(folder)).toBe(true);
});

const canMount = isHere('root, to mount,', spawnSync('unshare', ['-m', 'true']).status === 0);

test.skipIf(!canMount)('what was mounted in there is let go, and keeps what it holds', async () => {
  const { folder, kill } = await holding();
  await kill();
  const [elsewhere, inner] = [join(temporary, 'elsewhere'), join(folder, 'disk/in a disk')];
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'file'), 'kept');
  await mkdir(join(folder, 'disk'));
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(folder, 'disk')]);
  await mkdir(inner);
  execFileSync('mount', ['--bind', elsewhere, inner]);
  await sweptFolder('run-');
  expect(existsSync(folder)).toBe(false);
  expect(await readFile(join(elsewhere, 'file'), 'utf8')).toBe('kept');
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(folder);
});

test('in a folder that another suite of the run has taken along, nothing is mounted', async () => {
  await expect(unmountIn(join(temporary, 'gone'))).resolves.toBeUndefined();
});
