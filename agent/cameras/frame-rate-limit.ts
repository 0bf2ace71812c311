// Capture times of one camera -> which of its frames pass, so that they are `1 / fps` apart on average. Pure.

export class FrameRateLimit {
  readonly #periodMs: number;
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(fps: number) {
    this.#periodMs = 1000 / fps;
  }

  /** Frames that are captured from then on pass; nothing before the first. */
  get dueMs(): number | undefined {
    return Number.isFinite(this.#dueMs) ? this.#dueMs : undefined;
  }

  /** @param capturedMs of the next frame, on a clock that never goes back */
  passes(capturedMs: number): boolean {
    if (capturedMs < this.#dueMs) return false;
    // The next is due a period after this one was, or a source of 30 fps limited to 20 would give 15; after a
    // silence it counts anew.
    const lateMs = capturedMs - this.#dueMs;
    this.#dueMs = (lateMs > this.#periodMs ? capturedMs : this.#dueMs) + this.#periodMs;
    return true;
  }
}
