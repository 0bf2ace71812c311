// What a broker does not take -> counts and the latest of it for `health`, and a line in the log, though not for each.

import { expected } from '#common/errors.js';
import type { Log } from '../telemetry/log.js';
import type { Refusal } from './broker/delivery.js';
import type { Skipped } from './broker/incoming-limit.js';
import type { RefusalReason } from './outcome.js';

export interface RefusalsOptions {
  readonly log: Pick<Log, 'warn'>;
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly nowMs: () => number;
}

export interface RefusedTopic extends Pick<Refusal, 'of' | 'topic' | 'reason'> {
  readonly count: number;
  /** Of the latest. */
  readonly bytes: number;
}

export interface RefusalReport {
  /** Since start; only reasons that happened. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  /** Those that something was refused on last, newest first. */
  readonly topics: readonly RefusedTopic[];
}

interface Known {
  refusal: Refusal;
  count: number;
  loggedAtMs: number;
  /** Since the last line. */
  unlogged: number;
}

/** Topics are named by whoever configures: a bound all the same. */
const MOST_TOPICS = 1000;
const MOST_REPORTED = 20;
/** The same again is told so often. */
const REPEAT_MS = 600_000;
/** A broker that refuses everything does so on hundreds of topics at once. */
const LINES_A_MINUTE = 10;
const MINUTE_MS = 60_000;
/** Of a topic that somebody else has chosen: it may be as long as 64 KB, and what hides passwords takes the square of it. */
const MOST_CHARACTERS = 200;

/** Refused messages are not kept: they are settled, and would be refused again. */
export class Refusals {
  readonly #options: RefusalsOptions;
  readonly #counts: Partial<Record<RefusalReason, number>> = {};
  /** In the order of the latest refusal. */
  readonly #topics = new Map<string, Known>();
  #minuteAtMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #skipLoggedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  note(refusal: Refusal): void {
    const { of, topic, reason } = refusal;
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
    const key = JSON.stringify([of, topic, reason]);
    const before = this.#topics.get(key);
    const known = before ?? { refusal, count: 0, loggedAtMs: Number.NEGATIVE_INFINITY, unlogged: 0 };
    known.refusal = refusal;
    known.count++;
    known.unlogged++;
    this.#topics.delete(key);
    this.#topics.set(key, known);
    if (this.#topics.size > MOST_TOPICS) this.#topics.delete(this.#topics.keys().next().value!);
    this.#log(known);
  }

  /** What came and was too long to be taken; whoever sends one can send thousands. */
  skipped({ topic, bytes }: Skipped): void {
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#skipLoggedAtMs < MINUTE_MS) return;
    this.#skipLoggedAtMs = nowMs;
    const shown = topic.length > MOST_CHARACTERS ? `${topic.slice(0, MOST_CHARACTERS)}...` : topic;
    const { message } = expected('a shorter message', shown, `${bytes} bytes`);
    this.#options.log.warn({ topic: shown, bytes }, `${message}: it is passed over`);
  }

  get report(): RefusalReport {
    const topics = [...this.#topics.values()].slice(-MOST_REPORTED).reverse();
    return {
      refused: { ...this.#counts },
      topics: topics.map(({ refusal: { of, topic, reason, bytes }, count }) => ({
        of,
        topic,
        reason,
        count,
        bytes,
      })),
    };
  }

  #log(known: Known): void {
    const nowMs = this.#options.nowMs();
    if (nowMs - known.loggedAtMs < REPEAT_MS || !this.#mayLog(nowMs)) return;
    const { topic, reason, bytes } = known.refusal;
    this.#options.log.warn({ topic, reason, bytes, count: known.unlogged }, lineOf(known.refusal));
    known.loggedAtMs = nowMs;
    known.unlogged = 0;
  }

  #mayLog(nowMs: number): boolean {
    if (nowMs - this.#minuteAtMs >= MINUTE_MS) {
      this.#minuteAtMs = nowMs;
      this.#lines = 0;
    }
    return this.#lines++ < LINES_A_MINUTE;
  }
}

function lineOf({ of, topic, reason, bytes, words }: Refusal): string {
  const received = words ?? WORDS[reason] ?? reason;
  const what = of === 'message' ? 'a broker that takes the message' : 'a broker that takes the subscription';
  const { message } = expected(what, topic, of === 'message' ? `${received}, for ${bytes} bytes` : received);
  return `${message}: it is not sent again`;
}

const WORDS: Partial<Record<RefusalReason, string>> = {
  'too-large': 'a limit below its size',
  'hang-up': 'a closed connection each time it was sent alone',
};
