// How connections to a broker ended -> how long to wait before the next one, and whether another client is suspected.

import { type Backoff, retryDelayMs } from '#common/backoff.js';

/** After so many connections in a row that ended as soon as they had begun, each further one raises the suspicion. */
const BRIEF_CONNECTIONS = 2;

export class Attempts {
  readonly #backoff: Backoff;
  #failures = 0;
  #brief = 0;

  constructor(backoff: Backoff) {
    this.#backoff = backoff;
  }

  /** Failures in a row, from 1. */
  get failures(): number {
    return this.#failures;
  }

  /** Brokers do not always say so: two clients of one id end each other's connections again and again. */
  get isTakeoverSuspected(): boolean {
    return this.#brief > BRIEF_CONNECTIONS;
  }

  /**
   * Only a connection that lasted longer than the longest wait begins the waits anew, so that two clients of one
   * id do not end each other's connections many times a second.
   *
   * @param livedMs how long the connection was there; undefined where there was none
   * @param random 0 to 1
   * @returns how long to wait before the next try
   */
  failed(livedMs: number | undefined, random: number): number {
    const isLasting = livedMs !== undefined && livedMs > this.#backoff.longestMs;
    this.#failures = isLasting ? 1 : this.#failures + 1;
    this.#brief = livedMs === undefined || isLasting ? 0 : this.#brief + 1;
    return retryDelayMs(this.#backoff, this.#failures, random);
  }
}
