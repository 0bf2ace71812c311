// A piece of work and a limit -> its outcome, or that it took too long. The only owner of p-timeout.

import pTimeout from 'p-timeout';
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
