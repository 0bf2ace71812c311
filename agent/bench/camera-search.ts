// A trial with so many cameras -> the most cameras that are within the limit, by doubling and halving. Pure.

import type { Trial } from './result.js';

/** More than any machine of this kind has. */
const MOST_CAMERAS = 1024;

export interface Search<T> {
  /** The trial with the most cameras that was within, or the one with a single camera. */
  readonly best: T;
  /** 0 where one camera was too many. */
  readonly cameras: number;
  /** In their order. */
  readonly trials: readonly T[];
}

/**
 * Doubles from one camera until a trial fails, then halves what is between. A trial that fails is repeated once: what
 * disturbed it for a moment is not the machine's limit.
 */
export async function mostCameras<T extends Pick<Trial, 'isWithin'>>(
  trial: (cameras: number) => Promise<T>,
  most = MOST_CAMERAS,
): Promise<Search<T>> {
  const trials: T[] = [];
  const attempt = async (cameras: number) => {
    for (let repeated = 0; ; repeated++) {
      const done = await trial(cameras);
      trials.push(done);
      if (done.isWithin || repeated === 1) return done;
    }
  };
  let best: T | undefined;
  let [within, beyond] = [0, most + 1];
  for (let next = 1; next < beyond && next > within; ) {
    const done = await attempt(next);
    if (done.isWithin) {
      best = done;
      within = next;
    } else beyond = next;
    next = beyond > most ? Math.min(most, 2 * within) : Math.floor((within + beyond) / 2);
  }
  return { best: best ?? trials[0]!, cameras: within, trials };
}
