// Who waits, who tells -> who is woken, and by what.

import { expect, test, vi } from 'vitest';
import { Condition } from '#common/condition.js';

test('everybody who waits is woken, and nobody who waits later', async () => {
  const condition = new Condition();
  const woken: string[] = [];
  const wait = (name: string) => condition.wait().then(() => woken.push(name));
  const both = Promise.all([wait('first'), wait('second')]);
  condition.notify();
  void wait('late');
  await both;
  expect(woken).toEqual(['first', 'second']);
});

test('whoever is woken and waits again is woken by the next change only', async () => {
  const condition = new Condition();
  let looks = 0;
  const waiting = (async () => {
    for (; looks < 2; looks++) await condition.wait();
  })();
  condition.notify();
  await Promise.resolve();
  expect(looks).toBeLessThan(2);
  await Promise.resolve();
  condition.notify();
  await waiting;
  expect(looks).toBe(2);
});

test.each([
  ['a change', (condition: Condition) => condition.notify(), true],
  ['an abort', (_: Condition, stop: AbortController) => stop.abort(), true],
  ['the time', () => vi.advanceTimersByTime(1000), false],
])('%s ends the wait, and leaves nothing behind', async (_, act, isNotified) => {
  vi.useFakeTimers();
  const stop = new AbortController();
  const removed = vi.spyOn(stop.signal, 'removeEventListener');
  const condition = new Condition();
  const waiting = condition.wait({ signal: stop.signal, timeoutMs: 1000 });
  act(condition, stop);
  expect(await waiting).toBe(isNotified);
  expect(vi.getTimerCount()).toBe(0);
  expect(removed).toHaveBeenCalled();
  vi.useRealTimers();
});

test('what was aborted before is not waited for', async () => {
  expect(await new Condition().wait({ signal: AbortSignal.abort() })).toBe(true);
});
