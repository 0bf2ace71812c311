// An update that was begun -> how it ended, told on the way; whoever follows it may go away meanwhile.

import { Condition } from '#common/condition.js';
import { CspcamError } from '#common/errors.js';
import type { Ended, Store } from './store.js';
import { isUnitRunning } from './unit.js';

export interface FollowOptions {
  readonly store: Store;
  /** Of the update. */
  readonly id: string;
  readonly tell: (words: string) => void;
  /** Its abort ends the following, and not the update. */
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 300;
/** In which systemd starts what it was told to, also after it was killed. */
const MISSING_MS = 30_000;

/** @throws CspcamError where nobody carries it out any more. Rejects with the reason of the signal */
export async function follow({ store, id, tell, signal }: FollowOptions): Promise<Ended> {
  for (let missingMs = 0; missingMs < MISSING_MS; missingMs += LOOK_EVERY_MS) {
    const isRunning = await isUnitRunning();
    if (isRunning) missingMs = 0;
    const ended = await store.last();
    // It puts away what it ran from: another update may begin only afterwards.
    if (ended?.id === id && !isRunning) return ended;
    const words = await store.told();
    if (words) tell(words);
    await new Condition().wait({ signal, timeoutMs: LOOK_EVERY_MS });
    signal.throwIfAborted();
  }
  throw new CspcamError(
    'expected an end of the update, received none: journalctl -u cspcam-update; cspcam update --resume goes on with it, --back returns',
  );
}
