// How often it failed in a row -> how long to wait before the next try.

export interface Backoff {
  readonly firstMs: number;
  /** How many times as long each wait is as the one before; default 2. */
  readonly growth?: number;
  readonly longestMs: number;
}

/**
 * Grows with each failure. Half of the wait is random, so that agents which lost the same broker do not
 * come back together.
 *
 * @param failures in a row, from 1
 * @param random 0 to 1
 */
export function retryDelayMs(
  { firstMs, growth = 2, longestMs }: Backoff,
  failures: number,
  random: number,
): number {
  const fullMs = Math.min(longestMs, firstMs * growth ** Math.min(failures - 1, 30));
  return Math.round(fullMs * (0.5 + random / 2));
}
