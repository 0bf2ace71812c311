// How long the detector works for frames and for second looks at them -> for how many more it has time. Pure.

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
/** At a frame: its message waits for all of them, and each is half a megabyte that its capture sends. */
export const MOST_LOOKS = 4;

/** Sums, each part of them the less the longer ago. */
interface Work {
  frames: number;
  framesMs: number;
  looksMs: number;
}

export class SpareTime {
  readonly #options: SpareTimeOptions;
  readonly #sinceMs: number;
  #atMs: number;
  readonly #work: Work = { frames: 0, framesMs: 0, looksMs: 0 };
  #lastMs = 0;

  constructor(options: SpareTimeOptions) {
    this.#options = options;
    this.#sinceMs = options.nowMs();
    this.#atMs = this.#sinceMs;
  }

  /** The detector has worked so long for a frame. */
  workedOnFrame(ms: number): void {
    this.#decay();
    this.#work.frames++;
    this.#work.framesMs += ms;
    this.#lastMs = ms;
  }

  /** The same for a second look. */
  workedOnLook(ms: number): void {
    this.#decay();
    this.#work.looksMs += ms;
    this.#lastMs = ms;
  }

  /** Whether another look would leave it time. Nothing is known of the first seconds. */
  get isEnough(): boolean {
    this.#decay();
    if (this.#atMs - this.#sinceMs < MEMORY_MS) return false;
    const { framesMs, looksMs } = this.#work;
    return framesMs + looksMs + this.#lastMs <= this.#mostMs;
  }

  /** Looks that there is time for at the next frame, if each frame gets as many. */
  get looks(): number {
    if (!this.isEnough) return 0;
    const { frames, framesMs } = this.#work;
    const spareMs = (this.#mostMs - framesMs) / Math.max(1, frames);
    return Math.min(MOST_LOOKS, Math.max(1, Math.floor(spareMs / Math.max(1, this.#lastMs))));
  }

  /** Of the time before the first frame nothing is remembered: there is as much less of it. */
  get #mostMs(): number {
    const known = 1 - Math.exp((this.#sinceMs - this.#atMs) / MEMORY_MS);
    return MOST_BUSY * MEMORY_MS * this.#options.sessions() * known;
  }

  #decay(): void {
    const nowMs = this.#options.nowMs();
    const left = Math.exp((this.#atMs - nowMs) / MEMORY_MS);
    for (const key of ['frames', 'framesMs', 'looksMs'] as const) this.#work[key] *= left;
    this.#atMs = nowMs;
  }
}
