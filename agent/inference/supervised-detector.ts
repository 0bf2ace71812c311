// Detector that may fail or hang -> detector that is opened anew, with the same answers otherwise.

import { type Backoff, retryDelayMs } from '#common/backoff.js';
import { CspcamError } from '#common/errors.js';
import { expectWithin } from '#common/time-limit.js';
import type { ModelDescription } from '../../models/folder/description.js';
import type { Detector, DetectorResult } from '../../models/runtime/detector.js';

export interface SupervisionOptions {
  readonly open: () => Promise<Detector>;
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

/** Rejects the frame that failed and every one until the new detector is there; never gives up. */
export class SupervisedDetector implements Detector {
  readonly model: ModelDescription;
  readonly provider: string;
  readonly sessions: number;
  readonly #options: SupervisionOptions;
  #detector: Detector | undefined;
  #opening: Promise<Detector> | undefined;
  #failures = 0;
  #openAtMs = 0;
  #closed = false;

  private constructor(first: Detector, options: SupervisionOptions) {
    this.model = first.model;
    this.provider = first.provider;
    this.sessions = first.sessions;
    this.#detector = first;
    this.#options = options;
  }

  /** @throws what the first opening throws: a wrong model is no passing trouble */
  static async open(options: SupervisionOptions): Promise<SupervisedDetector> {
    return new SupervisedDetector(await options.open(), options);
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

  #reopen(): Promise<Detector> {
    if (this.#opening !== undefined) return this.#opening;
    if (this.#options.nowMs() < this.#openAtMs)
      throw new CspcamError('expected a detector, which failed and is not opened anew yet');
    this.#opening = this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(): Promise<Detector> {
    try {
      const detector = await this.#options.open();
      if (this.#closed) await detector.close();
      this.#detector = detector;
      return detector;
    } catch (error) {
      this.#failed(error as Error);
      throw error;
    }
  }

  #failed(error: Error): void {
    if (this.#closed) return;
    // A hung one may never end; it is left to itself.
    void this.#detector?.close().catch(() => {});
    this.#detector = undefined;
    this.#failures++;
    const retryInMs = retryDelayMs(BACKOFF, this.#failures, this.#options.random());
    this.#openAtMs = this.#options.nowMs() + retryInMs;
    this.#options.onFailure(error, retryInMs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#detector?.close();
  }
}
