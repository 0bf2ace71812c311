// How long the detector works for frames and for second looks at them -> whether it has time for another. Pure.

export interface SpareTimeOptions {
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly nowMs: () => number;
  /** Frames that the detector works on at the same time. */
  readonly sessions: () => number;
}

/** What is longer ago than this hardly counts. */
const MEMORY_MS = 2000;
/** Of the detector's time; what is left is for frames that do not come on the dot, and for decoding. */
export const MOST_BUSY = 0.8;

export class SpareTime {
  readonly #options: SpareTimeOptions;
  readonly #sinceMs: number;
  #atMs: number;
  /** Milliseconds of work, each the less the longer ago. */
  #worked = 0;
  #lastMs = 0;

  constructor(options: SpareTimeOptions) {
    this.#options = options;
    this.#sinceMs = options.nowMs();
    this.#atMs = this.#sinceMs;
  }

  /** The detector has worked so long, for whatever. */
  worked(ms: number): void {
    this.#decay();
    this.#worked += ms;
    this.#lastMs = ms;
  }

  /** Whether another look would leave it time. Nothing is known of the first seconds. */
  get isEnough(): boolean {
    this.#decay();
    const knownMs = this.#atMs - this.#sinceMs;
    if (knownMs < MEMORY_MS) return false;
    // Of the time before the first frame nothing is remembered: as much as that would weigh.
    const worked = this.#worked / (1 - Math.exp(-knownMs / MEMORY_MS));
    return worked + this.#lastMs <= MOST_BUSY * MEMORY_MS * this.#options.sessions();
  }

  #decay(): void {
    const nowMs = this.#options.nowMs();
    this.#worked *= Math.exp((this.#atMs - nowMs) / MEMORY_MS);
    this.#atMs = nowMs;
  }
}
