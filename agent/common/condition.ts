// "Something has changed" -> whoever waits for it looks again. A condition variable for one thread.

export interface WaitOptions {
  /** Its abort ends the wait as well. */
  readonly signal?: AbortSignal;
  /** So does this time, in milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * Between looking and waiting no other code runs as long as nothing is awaited, so that no change is missed:
 * `while (!isReady()) await condition.wait()`.
 */
export class Condition {
  readonly #waiting = new Set<() => void>();

  /** Wakes everybody who waits now. */
  notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** @returns false where the time was up first; an aborted signal resolves at once */
  wait({ signal, timeoutMs }: WaitOptions = {}): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (isNotified: boolean) => {
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        clearTimeout(timer);
        resolve(isNotified);
      };
      const wake = () => finish(true);
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => finish(false), timeoutMs);
      this.#waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }
}

/** Resolves at the abort; at once where it has been. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  await new Condition().wait({ signal });
}

/** Rejects with the reason of the signal at its abort, and never resolves: for a race with work that does not heed it. */
export async function interruption(signal: AbortSignal): Promise<never> {
  await untilAborted(signal);
  throw signal.reason;
}
