// Units after a change -> all well for as long as asked, or the first that is not, and why.

import type { Clock } from '#common/clock.js';
import { Condition } from '#common/condition.js';
import { type Before, HealthWatch, type Limits, type Look } from './healthy.js';

export interface WatchOptions {
  readonly limits: Limits;
  readonly lookAt: (unit: string) => Promise<Look>;
  /** Told after each look: what the slowest unit has reached, or waits for. */
  readonly onLook: (words: string) => void;
  /** Ends it as a failure does. */
  readonly whyEnd?: () => Promise<string | undefined>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly signal: AbortSignal;
}

export interface Unwell {
  /** Nothing where none of them is to blame. */
  readonly unit?: string;
  readonly why: string;
}

const LOOK_EVERY_MS = 1000;

/** @returns nothing once all are well. Rejects with the reason of the signal */
export async function untilHealthy(
  units: readonly Before[],
  { limits, lookAt, onLook, whyEnd, clock, signal }: WatchOptions,
): Promise<Unwell | undefined> {
  const watches = units.map((before) => ({
    unit: before.unit,
    watch: new HealthWatch(before, limits, clock.nowMs()),
  }));
  for (;;) {
    const why = await whyEnd?.();
    if (why !== undefined) return { why };
    let least = Number.POSITIVE_INFINITY;
    let words = '';
    for (const { unit, watch } of watches) {
      const verdict = watch.look(await lookAt(unit), clock.nowMs());
      if (verdict.is === 'failed') return { unit, why: verdict.why };
      if (verdict.is === 'healthy' || verdict.healthyMs >= least) continue;
      least = verdict.healthyMs;
      const [done, all] = [least, limits.healthyMs].map((ms) => Math.floor(ms / 1000));
      words = `${unit}: well for ${done} of ${all} s (${verdict.why})`;
    }
    if (least === Number.POSITIVE_INFINITY) return undefined;
    onLook(words);
    await new Condition().wait({ signal, timeoutMs: LOOK_EVERY_MS });
    signal.throwIfAborted();
  }
}
