// Packets at given times -> how long each has to wait.

import { expect, test } from 'vitest';
import { Pace } from '../../../../agent/messaging/broker/pace.js';

test('a burst at once, then the rate; longer packets count as several', () => {
  let nowMs = 0;
  const pace = new Pace({ perSecond: 10, burst: 3, nowMs: () => nowMs });
  const takenAt = (seconds: number, bytes: number) => {
    let taken = 0;
    for (const endMs = nowMs + 1000 * seconds; nowMs < endMs; ) {
      const waitMs = pace.take(bytes);
      if (waitMs === 0) taken++;
      else nowMs += waitMs;
    }
    return taken;
  };
  expect(Array.from({ length: 5 }, () => pace.take(0)).map((wait) => wait === 0)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(takenAt(10, 0)).toBeGreaterThanOrEqual(98);
  expect(takenAt(10, 0)).toBeLessThanOrEqual(102);
  expect(takenAt(10, 9 * 8192)).toBeLessThanOrEqual(12);
  expect(takenAt(10, 9 * 8192)).toBeGreaterThanOrEqual(9);
});

test('all together take no more than what they share; who waits takes nothing of it', () => {
  let nowMs = 0;
  const shared = new Pace({ perSecond: 10, burst: 10, nowMs: () => nowMs });
  const some = Array.from(
    { length: 5 },
    () => new Pace({ perSecond: 5, burst: 2, nowMs: () => nowMs, shared }),
  );
  let taken = 0;
  for (; nowMs < 100_000; nowMs += 10) for (const one of some) if (one.take(0) === 0) taken++;
  expect(taken).toBeGreaterThan(950);
  expect(taken).toBeLessThan(1050);
});

test('work that is charged is waited for', () => {
  let nowMs = 0;
  const pace = new Pace({ perSecond: 10, burst: 1, nowMs: () => nowMs });
  pace.charge(100);
  const waitMs = pace.take(0);
  expect(waitMs).toBeGreaterThanOrEqual(9900);
  nowMs = waitMs;
  expect(pace.take(0)).toBe(0);
});
