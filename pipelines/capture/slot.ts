// Frames as they come -> the newest one each time somebody asks.

import type { Frame } from '../frame.js';

/** Holds one frame; an overwritten one is counted and its buffer given back. */
export class FrameSlot {
  readonly #release: (pixels: ArrayBuffer) => void;
  #frame: Frame | undefined;
  #ended = false;
  #wake = () => {};
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
    this.#wake();
  }

  /** The frame in it is still handed over. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const wake = () => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        const frame = this.#frame;
        this.#frame = undefined;
        if (frame !== undefined) yield frame;
        else if (this.#ended) return;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }
}
