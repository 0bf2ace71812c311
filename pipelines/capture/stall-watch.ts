// When frames came -> that none has come for too long. The clock is passed in.

import type { Clock } from '#common/clock.js';

export interface StallWatchOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Called once, after which it watches no more. */
  readonly onStall: (silentMs: number) => void;
}

const LONGEST_LOOK_MS = 500;
const MOST_SLOW_STARTS = 2;

export class StallWatch {
  readonly #options: StallWatchOptions;
  #lastMs = 0;
  #hasSeen = false;
  /** In a row. */
  #slowStarts = 0;
  /** Until the next frame. */
  #extendedMs: number | undefined;
  #cancel = () => {};

  constructor(options: StallWatchOptions) {
    this.#options = options;
  }

  /** When the last frame came, or the watch began. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /**
   * For the first frame there is twice as long, then four times, where it did not come in time before: processes that start
   * together on a busy machine must not be ended again and again.
   */
  start(): void {
    this.#lastMs = this.#options.clock.nowMs();
    this.#hasSeen = false;
    this.#extendedMs = this.#options.timeoutMs * 2 ** this.#slowStarts;
    this.#lookLater(false);
  }

  /** The next frame may take so long, whatever the time limit. */
  allow(extendedMs: number): void {
    this.#extendedMs = extendedMs;
  }

  sawFrame(): void {
    this.#hasSeen = true;
    this.#slowStarts = 0;
    this.#extendedMs = undefined;
    this.#lastMs = this.#options.clock.nowMs();
  }

  stop(): void {
    this.#cancel();
  }

  /** Two looks in a row, as after a pause of this process the frames are there but not read yet. */
  #lookLater(isSuspected: boolean): void {
    const { clock, timeoutMs, onStall } = this.#options;
    this.#cancel = clock.after(Math.min(LONGEST_LOOK_MS, timeoutMs / 4), () => {
      const silentMs = clock.nowMs() - this.#lastMs;
      const isLate = silentMs >= (this.#extendedMs ?? timeoutMs);
      if (!isLate || !isSuspected) return this.#lookLater(isLate);
      if (!this.#hasSeen) this.#slowStarts = Math.min(this.#slowStarts + 1, MOST_SLOW_STARTS);
      onStall(silentMs);
    });
  }
}
