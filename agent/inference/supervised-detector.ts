// Detector that may fail or hang -> detector that is opened anew, with the same answers otherwise.

import { type Backoff, retryDelayMs } from '#common/backoff.js';
import { CspcamError } from '#common/errors.js';
import type { Part } from '#common/part.js';
import { expectWithin, settledWithin } from '#common/time-limit.js';
import type { Detector, DetectorResult } from '../../models/runtime/detector.js';

export interface SupervisionOptions {
  /** @param signal aborts an opening that takes long */
  readonly open: (signal: AbortSignal) => Promise<Detector>;
  /** After so long without an answer the detector counts as hung. */
  readonly timeoutMs: number;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** Each failure; frames are refused until `retryInMs` have passed. */
  readonly onFailure: (reason: Error, retryInMs: number) => void;
}

const BACKOFF: Backoff = { firstMs: 200, longestMs: 30_000 };
/** A detector that hangs must not keep the agent from ending in time. */
const STOP_MS = 1000;

/** Rejects the frame that failed and every one until the new detector is there; never gives up. */
export class SupervisedDetector implements Part, Omit<Detector, 'close'> {
  readonly #options: SupervisionOptions;
  readonly #stopped = new AbortController();
  #detector: Detector | undefined;
  /** The one opened last, for what is the same of all of them. */
  #latest: Detector | undefined;
  #opening: Promise<Detector> | undefined;
  #failures = 0;
  #openAtMs = 0;

  constructor(options: SupervisionOptions) {
    this.#options = options;
  }

  /** Opens it. @throws what the first opening throws: a wrong model is no passing trouble */
  async start(signal: AbortSignal): Promise<void> {
    const opening = this.#options.open(AbortSignal.any([signal, this.#stopped.signal]));
    this.#opening = opening;
    try {
      await this.#keep(await opening);
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

  /** Several may be asked at once: a failure of one detector counts once, and one is opened for all. */
  async detect(pixels: ArrayBuffer): Promise<DetectorResult> {
    const detector = await (this.#detector ?? this.#reopen());
    try {
      const result = await expectWithin(
        this.#options.timeoutMs,
        detector.detect(pixels),
        'an answer',
        'the detector',
      );
      if (detector === this.#detector) this.#failures = 0;
      return result;
    } catch (error) {
      if (detector === this.#detector) this.#failed(error as Error);
      throw error;
    }
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
    try {
      return await this.#keep(await this.#options.open(this.#stopped.signal));
    } catch (error) {
      this.#failed(error as Error);
      throw error;
    }
  }

  /** One that was opened in spite of the abort is closed. */
  async #keep(detector: Detector): Promise<Detector> {
    if (this.#stopped.signal.aborted) {
      await detector.close();
      this.#stopped.signal.throwIfAborted();
    }
    this.#detector = detector;
    this.#latest = detector;
    return detector;
  }

  #failed(error: Error): void {
    if (this.#stopped.signal.aborted) return;
    // A hung one may never end; it is left to itself.
    void this.#detector?.close().catch(() => {});
    this.#detector = undefined;
    this.#failures++;
    const retryInMs = retryDelayMs(BACKOFF, this.#failures, this.#options.random());
    this.#openAtMs = this.#options.nowMs() + retryInMs;
    this.#options.onFailure(error, retryInMs);
  }
}
