// Detector that may fail or hang -> detector that is opened anew, with the same answers otherwise.

import { type AnswerLimits, AnswerTime } from '#common/answer-time.js';
import { type Backoff, retryDelayMs } from '#common/backoff.js';
import { CspcamError, expected } from '#common/errors.js';
import type { Part } from '#common/part.js';
import { expectWhileAwake, settledWithin } from '#common/time-limit.js';
import { failureOf } from '../../models/model-error.js';
import type { Detector, DetectorResult } from '../../models/runtime/detector.js';
import type { DetectorFailure } from '../telemetry/reports.js';

/** @param signal aborts an opening that takes long */
export type OpenDetector = (signal: AbortSignal) => Promise<Detector>;

export interface SupervisionOptions {
  readonly open: OpenDetector;
  /** After so long without an answer the detector counts as hung; default 5 s, 60 s for the first answer. */
  readonly limits?: AnswerLimits;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Each failure; frames are refused until `retryInMs` have passed. */
  readonly onFailure: (reason: Error, failure: DetectorFailure, retryInMs: number) => void;
  /** The first answer after failures. */
  readonly onRecovery: () => void;
}

/** Opening takes a part of a second, and who has waited for memory or a file gets frames soon after it is there. */
const BACKOFF: Backoff = { firstMs: 200, longestMs: 8000 };
/** An engine may take long for its first frame. */
const LIMITS: AnswerLimits = { firstMs: 60_000, leastMs: 5000 };
/** Times what the first opening took, of which a part was done for all. */
const TIMES_FIRST_OPENING = 10;
/** A thread that hangs in native code cannot be ended: it keeps its memory for as long as the process lives. */
const MOST_HUNG = 3;
/** A detector that hangs must not keep the agent from ending in time. */
const STOP_MS = 1000;

/** Too many threads hang for going on: only another process can give their memory back. */
export class HopelessDetector extends Error {
  override readonly name = 'HopelessDetector';
}

/** Rejects the frame that failed and every one until the new detector is there; never gives up. */
export class SupervisedDetector implements Part, Omit<Detector, 'close'> {
  readonly #options: SupervisionOptions;
  readonly #stopped = new AbortController();
  #openOne: OpenDetector;
  #detector: Detector | undefined;
  /** The one opened last, for what is the same of all of them. */
  #latest: Detector | undefined;
  #opening: Promise<Detector> | undefined;
  /** What each has been asked and has not answered. */
  readonly #asked = new WeakMap<Detector, Set<Promise<unknown>>>();
  #answers: AnswerTime;
  #openingMs = 0;
  /** In a row. */
  #failures = 0;
  #openAtMs = 0;
  /** Given up, and not closed yet. */
  #hung = 0;
  /** Doubled each time that it hung since the last answer: on a machine that is far too busy it only seems to. */
  #patience = 1;

  constructor(options: SupervisionOptions) {
    this.#options = options;
    this.#openOne = options.open;
    this.#answers = new AnswerTime(options.limits ?? LIMITS);
  }

  /** Opens it. @throws what the first opening throws: a wrong model is no passing trouble */
  async start(signal: AbortSignal): Promise<void> {
    const open = this.#openOne;
    const opening = open(AbortSignal.any([signal, this.#stopped.signal]));
    this.#opening = opening;
    const beganMs = this.#options.nowMs();
    try {
      await this.#keep(await opening, open);
      this.#openingMs = this.#options.nowMs() - beganMs;
    } finally {
      this.#opening = undefined;
    }
  }

  get model(): Detector['model'] {
    return this.#started.model;
  }

  get provider(): string {
    return this.#started.provider;
  }

  get network(): Detector['network'] {
    return this.#started.network;
  }

  get sessions(): number {
    return this.#started.sessions;
  }

  /** For the first time or anew: frames wait for it. */
  get isOpening(): boolean {
    return this.#opening !== undefined;
  }

  /** Several may be asked at once: a failure of one detector counts once, and one is opened for all. */
  async detect(pixels: ArrayBuffer): Promise<DetectorResult> {
    const detector = this.#detector ?? (await this.#reopen());
    const { width, height } = detector.model.input;
    // One of the picture size of a network that was replaced meanwhile: no failure of this one.
    if (pixels.byteLength !== 3 * width * height)
      throw expected(`a frame of ${width} x ${height}`, 'the detector', `${pixels.byteLength} bytes`);
    const { nowMs, onRecovery } = this.#options;
    const answers = this.#answers;
    const askedMs = nowMs();
    const answer = this.#ask(detector, pixels);
    const limitMs = this.#patience * answers.limitMs;
    try {
      const result = await expectWhileAwake(limitMs, answer, 'an answer', 'the detector');
      this.#patience = 1;
      answers.took(nowMs() - askedMs);
      if (detector === this.#detector && this.#failures > 0) {
        this.#failures = 0;
        onRecovery();
      }
      return result;
    } catch (error) {
      const hasAnswered = await isSettled(answer);
      if (detector === this.#detector) this.#failed(error as Error, hasAnswered);
      throw this.#hung > MOST_HUNG ? new HopelessDetector(`${this.#hung} inference threads hang`) : error;
    }
  }

  /**
   * From the next frame on another one answers, which is open already. Resolves when the one before has answered what it
   * was asked, and is closed.
   *
   * @param openingMs what its opening took
   */
  async replace(next: Detector, open: OpenDetector, openingMs: number): Promise<void> {
    if (this.#stopped.signal.aborted) return next.close();
    const before = this.#detector;
    const { limitMs } = this.#answers;
    this.#openOne = open;
    this.#openingMs = openingMs;
    this.#detector = next;
    this.#latest = next;
    this.#answers = new AnswerTime(this.#options.limits ?? LIMITS);
    this.#patience = 1;
    this.#openAtMs = 0;
    if (before === undefined) return;
    await settledWithin(limitMs, Promise.allSettled(this.#asked.get(before) ?? []));
    await settledWithin(STOP_MS, before.close());
  }

  /** Takes a second at most: one that hangs is left to itself. */
  async stop(): Promise<void> {
    this.#stopped.abort(new CspcamError('expected a detector, which has been stopped'));
    const detector = this.#detector;
    this.#detector = undefined;
    await settledWithin(STOP_MS, Promise.allSettled([this.#opening, detector?.close()]));
  }

  get #started(): Detector {
    if (this.#latest === undefined) throw new Error('the detector has not been started');
    return this.#latest;
  }

  #reopen(): Promise<Detector> {
    if (this.#opening !== undefined) return this.#opening;
    this.#stopped.signal.throwIfAborted();
    if (this.#options.nowMs() < this.#openAtMs)
      throw new CspcamError('expected a detector, which failed and is not opened anew yet');
    this.#opening = this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(): Promise<Detector> {
    const open = this.#openOne;
    const givenUp = new AbortController();
    const opening = open(AbortSignal.any([givenUp.signal, this.#stopped.signal]));
    const { leastMs } = this.#options.limits ?? LIMITS;
    const usualMs = Math.max(2 * leastMs, TIMES_FIRST_OPENING * this.#openingMs);
    const limitMs = this.#patience * Math.round(usualMs);
    try {
      return await this.#keep(await expectWhileAwake(limitMs, opening, 'an opening', 'the detector'), open);
    } catch (error) {
      const hasAnswered = await isSettled(opening);
      givenUp.abort(error);
      if (!hasAnswered) this.#leave(opening.then((detector) => detector.close()));
      if (open === this.#openOne) this.#failed(error as Error, hasAnswered);
      throw error;
    }
  }

  #ask(detector: Detector, pixels: ArrayBuffer): Promise<DetectorResult> {
    const asked = this.#asked.get(detector) ?? new Set();
    this.#asked.set(detector, asked);
    const answer = detector.detect(pixels);
    asked.add(answer);
    const settled = () => asked.delete(answer);
    answer.then(settled, settled);
    return answer;
  }

  /** One that was opened in spite of the abort is closed, and one in whose place there is another by now. */
  async #keep(detector: Detector, by: OpenDetector): Promise<Detector> {
    if (this.#stopped.signal.aborted) {
      await detector.close();
      this.#stopped.signal.throwIfAborted();
    }
    if (by !== this.#openOne) {
      await detector.close();
      throw new CspcamError('expected a detector, which was replaced while it was opened');
    }
    this.#detector = detector;
    this.#latest = detector;
    return detector;
  }

  #failed(error: Error, hasAnswered: boolean): void {
    if (this.#stopped.signal.aborted) return;
    const closing = this.#detector?.close();
    this.#detector = undefined;
    if (hasAnswered) closing?.catch(() => {});
    else if (closing !== undefined) this.#leave(closing);
    this.#failures++;
    const retryInMs = retryDelayMs(BACKOFF, this.#failures, this.#options.random());
    this.#openAtMs = this.#options.nowMs() + retryInMs;
    this.#options.onFailure(error, hasAnswered ? failureOf(error) : 'hung', retryInMs);
  }

  /** One that hangs ends when it goes on, which may be never. */
  #leave(closing: Promise<void>): void {
    this.#hung++;
    this.#patience *= 2;
    closing
      .catch(() => {})
      .finally(() => {
        this.#hung--;
      });
  }
}

/** Also where it has failed. */
async function isSettled(work: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  const first = await Promise.race([work, Promise.resolve(pending)]).catch(() => undefined);
  return first !== pending;
}
