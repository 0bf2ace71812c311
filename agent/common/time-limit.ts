// A piece of work and a limit -> its outcome, or that it took too long. The only owner of p-timeout.

import pTimeout from 'p-timeout';
import { monotonicMs } from './clock.js';
import { expected } from './errors.js';

/** Waits for the work or the limit, whichever comes first. Never throws: what failed is over as well. */
export async function settledWithin(limitMs: number, work: Promise<unknown>): Promise<void> {
  await pTimeout(work, { milliseconds: limitMs, fallback: () => undefined }).catch(() => undefined);
}

/**
 * @param what the work gives, for the message: `an answer`
 * @param of whose it is: `the detector`
 * @throws CspcamError where the limit is over first: `expected an answer within 5 s for the detector, received none`
 */
export function expectWithin<Value>(
  limitMs: number,
  work: Promise<Value>,
  what: string,
  of: string,
): Promise<Value> {
  const message = expected(`${what} within ${limitMs / 1000} s`, of, 'none');
  return pTimeout(work, { milliseconds: limitMs, message });
}

const LOOK_MS = 250;

/**
 * As `expectWithin`, by the time in which this thread was awake itself: after a pause of the whole process (SIGSTOP, a
 * suspended machine) an answer that is on its way is not late.
 *
 * @param waitedMs how much of the limit is over already
 * @throws CspcamError as there
 */
export function expectWhileAwake<Value>(
  limitMs: number,
  work: Promise<Value>,
  what: string,
  of: string,
  waitedMs = 0,
): Promise<Value> {
  const lookMs = Math.min(LOOK_MS, limitMs / 4);
  return new Promise((resolve, reject) => {
    let [awakeMs, lookedMs] = [waitedMs, monotonicMs()];
    const looks = setInterval(() => {
      const nowMs = monotonicMs();
      awakeMs += Math.min(nowMs - lookedMs, 2 * lookMs);
      lookedMs = nowMs;
      if (awakeMs < limitMs) return;
      clearInterval(looks);
      // Timers come before what has arrived meanwhile: on a busy machine an answer may be there already.
      setImmediate(() => reject(expected(`${what} within ${limitMs / 1000} s`, of, 'none')));
    }, lookMs);
    work.then(resolve, reject).finally(() => clearInterval(looks));
  });
}
