// Work that ends, fails or hangs, in a process that runs or was paused -> its outcome, or that it took too long.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { expectWhileAwake } from '#common/time-limit.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const LIMIT_MS = 4000;
const outcome = (work: Promise<unknown>) =>
  expectWhileAwake(LIMIT_MS, work, 'an answer', 'the detector').catch(({ message }: Error) => message);
const LATE = 'expected an answer within 4 s for the detector, received none';

test('an outcome in time is handed on, and no timer is left', async () => {
  expect(await outcome(Promise.resolve(1))).toBe(1);
  expect(await outcome(Promise.reject(new Error('boom')))).toBe('boom');
  expect(vi.getTimerCount()).toBe(0);
});

test('what hangs is given up at the limit', async () => {
  let seen: unknown;
  outcome(new Promise(() => {})).then((what) => {
    seen = what;
  });
  await vi.advanceTimersByTimeAsync(LIMIT_MS - 250);
  expect(seen).toBeUndefined();
  await vi.advanceTimersByTimeAsync(250);
  await vi.advanceTimersByTimeAsync(1);
  expect([seen, vi.getTimerCount()]).toEqual([LATE, 0]);
});

test('a pause of the process does not count', async () => {
  let answer = (_: number) => {};
  const seen = outcome(
    new Promise((resolve) => {
      answer = resolve;
    }),
  );
  await vi.advanceTimersByTimeAsync(1000);
  // Stopped for a minute: the clock goes on, and timers fire late, once.
  const nowNs = process.hrtime.bigint;
  vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => nowNs() + 60_000_000_000n);
  await vi.advanceTimersByTimeAsync(1000);
  vi.restoreAllMocks();
  answer(2);
  expect(await seen).toBe(2);
});

test('what arrived while this thread was kept from working is not late', async () => {
  vi.useRealTimers();
  const child = spawn('sh', ['-c', 'echo ready; sleep 0.2; echo answer'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const answer = once(child.stdout, 'data').then(String);
  const seen = expectWhileAwake(LIMIT_MS, answer, 'an answer', 'the detector', LIMIT_MS - 1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
  expect(await seen).toBe('answer\n');
});
