// When something moved, when frames were looked at -> whether frames are to pass. Pure.

export interface GateOptions {
  /** An unchanged scene is looked at so often. */
  readonly lookEveryMs: number;
  /** Frames pass for so long after the last motion, so that what came to rest is followed. */
  readonly keepLookingMs: number;
}

/** Open at first, until the scene has been still for `keepLookingMs`. */
export class MotionGate {
  readonly #options: GateOptions;
  #movedMs: number | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #stepMs = 0;
  #nowMs: number | undefined;
  /** Frames that came while it was shut. */
  skipped = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    if (this.#nowMs === undefined || this.#movedMs === undefined) return true;
    if (this.#nowMs - this.#movedMs <= this.#options.keepLookingMs) return true;
    // What is let in is the next frame, and frames do not come on the dot.
    return this.#nowMs + 1.5 * this.#stepMs - this.#lookedMs >= this.#options.lookEveryMs;
  }

  /**
   * Each frame of the source, passed or not.
   *
   * @param hasPassed it has been looked at already
   */
  see(hasMoved: boolean, atMs: number, hasPassed = false): void {
    if (!this.isOpen && !hasPassed) this.skipped += 1;
    if (this.#nowMs !== undefined) this.#stepMs = atMs - this.#nowMs;
    this.#nowMs = atMs;
    if (hasMoved) this.#movedMs = atMs;
  }

  /** A frame has passed. */
  looked(atMs: number): void {
    this.#lookedMs = atMs;
  }
}
