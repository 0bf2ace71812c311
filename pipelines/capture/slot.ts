// Frames as they come -> the newest one each time somebody asks.

import { Condition } from '#common/condition.js';
import type { Frame } from '../frame.js';

/** Holds one frame; an overwritten one is counted and its buffer given back. */
export class FrameSlot {
  readonly #release: (pixels: ArrayBuffer) => void;
  #frame: Frame | undefined;
  #ended = false;
  readonly #changed = new Condition();
  overwritten = 0;

  constructor(release: (pixels: ArrayBuffer) => void) {
    this.#release = release;
  }

  put(frame: Frame): void {
    if (this.#frame !== undefined) {
      this.overwritten += 1;
      this.#release(this.#frame.pixels);
    }
    this.#frame = frame;
    this.#changed.notify();
  }

  /** The frame in it is still handed over. */
  end(): void {
    this.#ended = true;
    this.#changed.notify();
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    while (!signal.aborted) {
      const frame = this.#frame;
      this.#frame = undefined;
      if (frame !== undefined) yield frame;
      else if (this.#ended) return;
      else await this.#changed.wait({ signal });
    }
  }
}
