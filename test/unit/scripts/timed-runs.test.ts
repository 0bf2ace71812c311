// Runs and limits -> how many times there are.

import { expect, test } from 'vitest';
import { timeRuns } from '../../../scripts/bench/timed-runs.js';

test.each([
  ['one, however short the time', {}, 1],
  ['as many as are asked for at least', { fewest: 3 }, 3],
])('%s', async (_, options, expected) => {
  let runs = 0;
  const times = await timeRuns(async () => runs++, { durationMs: 0, ...options });
  expect([times.length, runs]).toEqual([expected, expected]);
  expect(times.every((ms) => ms >= 0)).toBe(true);
});

test('a failure ends it', async () => {
  const failing = () => Promise.reject(new Error('no more'));
  await expect(timeRuns(failing, { durationMs: 0 })).rejects.toThrow('no more');
});
