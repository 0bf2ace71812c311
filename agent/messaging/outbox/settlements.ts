// Messages by their numbers -> what became of each, and counts that add up at any moment. Pure.

import { type RefusalReason, refusalReasons } from '../outcome.js';

/** Why a message was given up though it was neither refused nor too old; keys of counts. */
export const evictionReasons = [
  /** For newer ones, in bounded space. */
  'space',
  /** The disk did not take it and too much waited in memory already, or took it and has it no more. */
  'disk',
  /** It is not what was written. */
  'damaged',
] as const;

export type EvictionReason = (typeof evictionReasons)[number];

export type Settled =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  /** Older than it may be when its turn came. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'evicted'; readonly reason: EvictionReason };

export interface SettledCounts {
  delivered: number;
  expired: number;
  /** Only reasons that happened. */
  refusedFor: Partial<Record<RefusalReason, number>>;
  evictedFor: Partial<Record<EvictionReason, number>>;
}

/** `produced = delivered + refused + expired + evicted + pending`. */
export interface OutboxCounts extends SettledCounts {
  produced: number;
  refused: number;
  evicted: number;
  pending: number;
}

/** All that must be kept for the counts to go on. */
export interface SettledState {
  /** Everything below it is settled. */
  readonly cursor: number;
  /** The next number. */
  readonly end: number;
  /** Of those below the cursor, and of those that were counted elsewhere before. */
  readonly counts: SettledCounts;
}

export const nothingSettled = (): SettledState => ({
  cursor: 0,
  end: 0,
  counts: { delivered: 0, expired: 0, refusedFor: {}, evictedFor: {} },
});

/**
 * Each message has a number, is pending, and is settled once: what is counted is which numbers there are, so that
 * no order of failures can lose one. Messages may be settled in any order; the cursor follows.
 */
export class Settlements {
  readonly #counts: SettledCounts;
  /** Settled while one before them is not. */
  readonly #ahead = new Map<number, Settled>();
  #cursor: number;
  #end: number;

  constructor({ cursor, end, counts }: SettledState = nothingSettled()) {
    this.#cursor = cursor;
    this.#end = Math.max(cursor, end);
    this.#counts = copyOf(counts);
  }

  get cursor(): number {
    return this.#cursor;
  }

  get end(): number {
    return this.#end;
  }

  get pending(): number {
    return this.#end - this.#cursor - this.#ahead.size;
  }

  /** @returns the number of a new message */
  produce(): number {
    return this.#end++;
  }

  isSettled(index: number): boolean {
    return index < this.#cursor || this.#ahead.has(index);
  }

  /** A message that is settled stays so. */
  settle(index: number, settled: Settled): void {
    if (this.isSettled(index) || index >= this.#end) return;
    this.#ahead.set(index, settled);
    for (let next = this.#ahead.get(this.#cursor); next !== undefined; next = this.#ahead.get(this.#cursor)) {
      this.#ahead.delete(this.#cursor++);
      count(this.#counts, next);
    }
  }

  /** Settles what is pending below `index`. */
  settleBelow(index: number, settled: Settled): void {
    for (let at = this.#cursor; at < Math.min(index, this.#end); at++) this.settle(at, settled);
  }

  /** Since the folder was made, or since the start where there is none. */
  get counts(): OutboxCounts {
    const counts = copyOf(this.#counts);
    for (const settled of this.#ahead.values()) count(counts, settled);
    const refused = sum(counts.refusedFor);
    const evicted = sum(counts.evictedFor);
    const { pending } = this;
    return {
      produced: counts.delivered + refused + counts.expired + evicted + pending,
      delivered: counts.delivered,
      refused,
      expired: counts.expired,
      evicted,
      pending,
      refusedFor: counts.refusedFor,
      evictedFor: counts.evictedFor,
    };
  }

  /** What is settled ahead of the cursor is pending in it: after a crash such a message is sent again. */
  get state(): SettledState {
    return { cursor: this.#cursor, end: this.#end, counts: copyOf(this.#counts) };
  }
}

/** @returns the state of a folder, to which what was settled without it is added */
export function withCounts(
  state: SettledState,
  { delivered, expired, refusedFor, evictedFor }: SettledCounts,
) {
  const counts = copyOf(state.counts);
  counts.delivered += delivered;
  counts.expired += expired;
  for (const reason of refusalReasons) add(counts.refusedFor, reason, refusedFor[reason]);
  for (const reason of evictionReasons) add(counts.evictedFor, reason, evictedFor[reason]);
  return { ...state, counts };
}

function count(counts: SettledCounts, settled: Settled): void {
  if (settled.kind === 'refused') add(counts.refusedFor, settled.reason, 1);
  else if (settled.kind === 'evicted') add(counts.evictedFor, settled.reason, 1);
  else counts[settled.kind]++;
}

function add<Reason extends string>(of: Partial<Record<Reason, number>>, reason: Reason, more = 0): void {
  if (more > 0) of[reason] = (of[reason] ?? 0) + more;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, value) => total + value, 0);
}

function copyOf({ delivered, expired, refusedFor, evictedFor }: SettledCounts): SettledCounts {
  return { delivered, expired, refusedFor: { ...refusedFor }, evictedFor: { ...evictedFor } };
}
