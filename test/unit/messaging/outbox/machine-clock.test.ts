// Whether the clock is synchronised, as somebody says -> whether the time of day is told.

import { getEventListeners } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { askSynchronised, MachineClock } from '../../../../agent/messaging/outbox/machine-clock.js';
import { never } from '../../../support/ending.js';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

test('where nobody can be asked, nothing is left of having tried', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const { signal } = new AbortController();
  await askSynchronised(signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('the time of day is told from when it is known to be right, and nobody is asked any more', async () => {
  vi.useFakeTimers();
  let isSynchronised = false;
  let asked = 0;
  const clock = new MachineClock(async () => {
    asked++;
    if (asked === 2) throw new Error('no such program');
    return isSynchronised;
  });
  await clock.start(never);
  await vi.advanceTimersByTimeAsync(120_000);
  expect([asked, clock.now().wallMs]).toEqual([3, undefined]);
  isSynchronised = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked, clock.now().wallMs]).toEqual([4, Date.now()]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toBe(4);
  await clock.stop();
});

test('it is that of the machine: the same for each process, and it never goes back', async () => {
  const [one, two] = [new MachineClock(), new MachineClock()];
  const before = one.now();
  const after = two.now();
  expect(after.bootId).toBe(before.bootId);
  expect(after.monotonicMs).toBeGreaterThanOrEqual(before.monotonicMs);
});
