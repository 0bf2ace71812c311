// CLOCK_MONOTONIC, and timers on it: passed in where something waits, so that tests need not wait.

export interface Clock {
  /** Milliseconds that never go back. */
  nowMs(): number;
  /** @returns cancels */
  after(delayMs: number, act: () => void): () => void;
}

/** CLOCK_MONOTONIC in milliseconds: the same in every process of this machine, as frames carry it. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export const systemClock: Clock = {
  nowMs: monotonicMs,
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
