// Attempts in a row -> how long to wait before the next one. Pure.

const firstMs = 500;
const longestMs = 30_000;

/**
 * Doubles from half a second to half a minute, times 0.75 to 1 so that cameras of one switch do not return as one.
 *
 * @param attempt from 1
 * @param random 0 to 1
 */
export function retryDelayMs(attempt: number, random: number): number {
  const fullMs = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 16));
  return Math.round(fullMs * (0.75 + 0.25 * random));
}
