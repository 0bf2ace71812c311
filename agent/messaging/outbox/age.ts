// When a message was made, and now -> how old it is at least. Pure.

export interface Moment {
  /** Of the machine: it changes with each of its starts. */
  readonly bootId: string;
  /** CLOCK_MONOTONIC, milliseconds since the machine was started. */
  readonly monotonicMs: number;
  /** Milliseconds since 1970; only where the clock is known to be right. */
  readonly wallMs?: number | undefined;
}

/**
 * Within one start of the machine the monotonic clock knows, whatever happened to the other one. Over a start only
 * a clock that was right both times does; where it was not, a message is at least as old as the machine is awake.
 *
 * @returns milliseconds; never more than the age is
 */
export function leastAgeMs(made: Moment, now: Moment): number {
  if (made.bootId === now.bootId) return now.monotonicMs - made.monotonicMs;
  const { wallMs } = made;
  const byWall = wallMs === undefined || now.wallMs === undefined ? 0 : now.wallMs - wallMs;
  return Math.max(byWall, now.monotonicMs);
}
