// Time for what waits: passed in, so that tests need not wait.

export interface Clock {
  /** Milliseconds that never go back. */
  nowMs(): number;
  /** @returns cancels */
  after(delayMs: number, act: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
