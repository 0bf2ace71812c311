// Attempts in a row -> wait, between three quarters and the whole of 0.5, 1, 2 ... 30 s.

import { expect, test } from 'vitest';
import { retryDelayMs } from '../../../pipelines/capture/backoff.js';

test.each([
  [1, 375, 500],
  [2, 750, 1000],
  [3, 1500, 2000],
  [6, 12_000, 16_000],
  [7, 22_500, 30_000],
  [1000, 22_500, 30_000],
  [1e9, 22_500, 30_000],
])('attempt %i waits %i to %i ms', (attempt, shortest, longest) => {
  expect(retryDelayMs(attempt, 0)).toBe(shortest);
  expect(retryDelayMs(attempt, 1)).toBe(longest);
});
