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

interface Run {
  readonly from: number;
  /** Of the first that is not in it. */
  readonly end: number;
  readonly settled: Settled;
}

/**
 * Each message has a number, is pending, and is settled once: what is counted is which numbers there are, so that
 * no order of failures can lose one. Messages may be settled in any order; the cursor follows.
 */
export class Settlements {
  readonly #counts: SettledCounts;
  /**
   * Settled while one before them is not, in their order: neighbours with one outcome are one run, as thousands may be
   * given up in turn while the oldest waits for its broker.
   */
  readonly #ahead: Run[] = [];
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
    return this.#ahead.reduce((pending, { from, end }) => pending - (end - from), this.#end - this.#cursor);
  }

  /** @returns the number of a new message */
  produce(): number {
    return this.#end++;
  }

  isSettled(index: number): boolean {
    return index < this.#cursor || index < (this.#ahead[this.#placeOf(index) - 1]?.end ?? 0);
  }

  /** A message that is settled stays so. */
  settle(index: number, settled: Settled): void {
    if (this.isSettled(index) || index >= this.#end) return;
    this.#addAhead(index, settled);
    for (let first = this.#ahead[0]; first?.from === this.#cursor; first = this.#ahead[0]) {
      this.#cursor = first.end;
      count(this.#counts, first);
      this.#ahead.shift();
    }
  }

  #addAhead(index: number, settled: Settled): void {
    const place = this.#placeOf(index);
    const before = this.#ahead[place - 1];
    const after = this.#ahead[place];
    const joinsBefore = before !== undefined && before.end === index && isAlike(before.settled, settled);
    const joinsAfter = after !== undefined && after.from === index + 1 && isAlike(after.settled, settled);
    const from = joinsBefore ? before.from : index;
    const end = joinsAfter ? after.end : index + 1;
    const joined = Number(joinsBefore) + Number(joinsAfter);
    this.#ahead.splice(place - Number(joinsBefore), joined, { from, end, settled });
  }

  /** How many runs begin at or before the number. */
  #placeOf(index: number): number {
    let [least, most] = [0, this.#ahead.length];
    while (least < most) {
      const middle = Math.floor((least + most) / 2);
      if (this.#ahead[middle]!.from <= index) least = middle + 1;
      else most = middle;
    }
    return least;
  }

  /** Settles what is pending below `index`. */
  settleBelow(index: number, settled: Settled): void {
    for (let at = this.#cursor; at < Math.min(index, this.#end); at++) this.settle(at, settled);
  }

  /** Since the folder was made, or since the start where there is none. */
  get counts(): OutboxCounts {
    const counts = copyOf(this.#counts);
    for (const run of this.#ahead) count(counts, run);
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

function count(counts: SettledCounts, { from, end, settled }: Run): void {
  if (settled.kind === 'refused') add(counts.refusedFor, settled.reason, end - from);
  else if (settled.kind === 'evicted') add(counts.evictedFor, settled.reason, end - from);
  else counts[settled.kind] += end - from;
}

function isAlike(one: Settled, other: Settled): boolean {
  const reasonOf = (settled: Settled) => ('reason' in settled ? settled.reason : undefined);
  return one.kind === other.kind && reasonOf(one) === reasonOf(other);
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
