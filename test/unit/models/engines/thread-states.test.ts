// Real processes that compute, sleep, are stopped and are gone -> which of them is at work.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { isAtWork } from '../../../../models/runtime/engines/thread-states.js';

/** @returns process id of a program that has begun with what it does */
async function started(program: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', `process.stdout.write('x');${program}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  return child.pid!;
}

/** A thread of the runtime may be awake for a moment. */
async function settles(pid: number, expected: boolean): Promise<boolean> {
  for (let tries = 0; tries < 100 && (await isAtWork(pid)) !== expected; tries++) await wait(50);
  return isAtWork(pid);
}

test('one that computes is at work, and stopped it is not', async () => {
  const pid = await started('for (;;);');
  expect(await isAtWork(pid)).toBe(true);
  process.kill(pid, 'SIGSTOP');
  expect(await settles(pid, false)).toBe(false);
  process.kill(pid, 'SIGCONT');
  expect(await settles(pid, true)).toBe(true);
});

test('one that sleeps is not', async () => {
  expect(await settles(await started('setInterval(() => {}, 60_000)'), false)).toBe(false);
});

test('one that is gone is not', async () => {
  expect(await isAtWork(2 ** 22 + 1)).toBe(false);
});
