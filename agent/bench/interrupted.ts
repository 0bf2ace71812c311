// A signal that ends a benchmark -> one error, wherever it comes.

import { setTimeout as wait } from 'node:timers/promises';
import { CspcamError } from '#common/errors.js';

/** @throws CspcamError where the signal has come */
export function expectGoingOn({ aborted }: AbortSignal): void {
  if (aborted) throw new CspcamError('interrupted; nothing was written');
}

/** @throws CspcamError where the signal comes meanwhile */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
  expectGoingOn(signal);
}
