// What was on its way when a broker hung up -> which message it hangs up on, so that it is not sent again. Pure.

import type { RefusalReason } from '../outcome.js';

export interface Suspect {
  /** A topic or a filter. */
  readonly key: string;
  readonly bytes: number;
}

export interface HangUp {
  /** What the broker says of it, where it blames what it was sent. */
  readonly reason: RefusalReason | undefined;
  /** Sent and not answered. */
  readonly inFlight: readonly Suspect[];
  /** One at a time was sent on this connection. */
  readonly isAlone: boolean;
  /** How long the connection was there. */
  readonly livedMs: number;
  readonly nowMs: number;
}

interface Conviction {
  readonly reason: RefusalReason;
  readonly bytes: number;
  readonly times: number;
  /** Then it is tried once more: the broker may have been set right. */
  readonly untilMs: number;
}

/** A broker that has kept a connection for longer has no quarrel with what is sent at each connect. */
const BRIEF_MS = 30_000;
/** Of QoS 0 nobody knows whether it was taken: what was sent so shortly before the end is suspected too. */
const RECENT_MS = 2000;
const FIRST_TRIAL_MS = 600_000;
const LONGEST_TRIAL_MS = 86_400_000;
/** A message above it is more likely too long than on a topic that is not allowed. */
const SMALL_BYTES = 4096;
/** Whatever the size. */
const OF_TOPIC: readonly RefusalReason[] = ['not-authorized', 'topic-name'];
const NONE = -1;

/**
 * A connection that ends with something on its way makes that suspect, and the next one sends one thing at a time.
 * What was alone on its way when the broker hung up, twice in a row, is what it hangs up on.
 */
export class HangUps {
  readonly #suspects = new Set<string>();
  /** The one that was alone when the broker hung up last. */
  #culprit: string | undefined;
  readonly #convictions = new Map<string, Conviction>();
  /** The longest that the broker took, of each key. */
  readonly #takenBytes = new Map<string, number>();
  /** QoS 0 by key, sent without a question whether it has arrived. */
  readonly #unanswered = new Map<string, { bytes: number; atMs: number }>();

  /** Whether one thing at a time should be sent. */
  get isWary(): boolean {
    return this.#suspects.size > 0;
  }

  isSuspect(key: string): boolean {
    return this.#suspects.has(key);
  }

  /** Why the broker would hang up on it, as far as is known. */
  objection({ key, bytes }: Suspect, nowMs: number): RefusalReason | undefined {
    return bytes > this.allowedBytes(key, nowMs) ? this.#convictions.get(key)?.reason : undefined;
  }

  /** The longest message that may be tried: none where the topic itself seems to be the matter. */
  allowedBytes(key: string, nowMs: number): number {
    const conviction = this.#convictions.get(key);
    if (conviction === undefined || nowMs >= conviction.untilMs) return Number.POSITIVE_INFINITY;
    if (OF_TOPIC.includes(conviction.reason)) return NONE;
    const taken = this.#takenBytes.get(key);
    if (conviction.bytes > SMALL_BYTES) return Math.max(taken ?? 0, Math.floor(conviction.bytes / 2));
    return taken === undefined ? NONE : conviction.bytes - 1;
  }

  /** QoS 0 that nobody asks about. */
  sentUnanswered({ key, bytes }: Suspect, nowMs: number): void {
    this.#unanswered.set(key, { bytes, atMs: nowMs });
  }

  /** The broker has taken it, or refused it in good form. */
  answered({ key, bytes }: Suspect, isTaken: boolean): void {
    this.#suspects.delete(key);
    if (!isTaken) return;
    this.#takenBytes.set(key, Math.max(bytes, this.#takenBytes.get(key) ?? 0));
    const conviction = this.#convictions.get(key);
    if (conviction !== undefined && bytes >= conviction.bytes) this.#convictions.delete(key);
  }

  /** All that is sent with each connect has been: what is still suspected does not come any more. */
  acquit(): void {
    this.#suspects.clear();
    this.#culprit = undefined;
  }

  /** The broker ended a connection. @returns what it hung up on, where that is certain */
  ended({ inFlight, isAlone, reason, livedMs, nowMs }: HangUp): Suspect | undefined {
    const unanswered = [...this.#unanswered]
      .filter(([, { atMs }]) => nowMs - atMs <= RECENT_MS)
      .map(([key]) => key);
    this.#unanswered.clear();
    const [alone, ...others] = inFlight;
    if (alone === undefined && unanswered.length === 0) {
      // It hangs up whatever is sent, or for reasons of its own.
      this.acquit();
      return undefined;
    }
    if (isAlone && alone !== undefined && others.length === 0) {
      const isCertain =
        reason !== undefined || this.#culprit === alone.key || this.#convictions.has(alone.key);
      this.#culprit = isCertain ? undefined : alone.key;
      this.#suspects.add(alone.key);
      if (!isCertain) return undefined;
      this.#suspects.delete(alone.key);
      this.#convict(alone, reason ?? 'hang-up', nowMs);
      return alone;
    }
    if (reason !== undefined || livedMs < BRIEF_MS)
      for (const key of [...inFlight.map((one) => one.key), ...unanswered]) this.#suspects.add(key);
    return undefined;
  }

  #convict({ key, bytes }: Suspect, reason: RefusalReason, nowMs: number): void {
    const times = (this.#convictions.get(key)?.times ?? 0) + 1;
    const waitMs = Math.min(LONGEST_TRIAL_MS, FIRST_TRIAL_MS * 2 ** (times - 1));
    this.#convictions.set(key, { reason, bytes, times, untilMs: nowMs + waitMs });
  }
}
