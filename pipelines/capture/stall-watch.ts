// When frames came -> that none has come for too long. The clock is passed in.

import type { Clock } from '#common/clock.js';

export interface StallWatchOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Called once, after which it watches no more. */
  readonly onStall: (silentMs: number) => void;
}

export class StallWatch {
  readonly #options: StallWatchOptions;
  #lastMs = 0;
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

  start(): void {
    this.sawFrame();
    this.#lookLater(false);
  }

  /** The next frame may take so long, whatever the time limit. */
  allow(extendedMs: number): void {
    this.#extendedMs = extendedMs;
  }

  sawFrame(): void {
    this.#extendedMs = undefined;
    this.#lastMs = this.#options.clock.nowMs();
  }

  stop(): void {
    this.#cancel();
  }

  /** Two looks in a row, as after a pause of this process the frames are there but not read yet. */
  #lookLater(isSuspected: boolean): void {
    const { clock, timeoutMs, onStall } = this.#options;
    this.#cancel = clock.after(timeoutMs / 4, () => {
      const silentMs = clock.nowMs() - this.#lastMs;
      const isLate = silentMs >= (this.#extendedMs ?? timeoutMs);
      if (isLate && isSuspected) onStall(silentMs);
      else this.#lookLater(isLate);
    });
  }
}
