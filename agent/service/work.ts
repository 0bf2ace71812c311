// Frames given to the detector, and what became of them -> whether work goes on.

import type { Detector } from '../../models/runtime/detector.js';

export interface WorkOptions {
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly nowMs: () => number;
}

/** Frames that no camera gave are no failures: a longer time without any counts as this. */
const LONGEST_GAP_MS = 10_000;

/** From the detector to the end of what is done with the answer: a frame that is stuck anywhere there shows. */
export class Work {
  readonly #nowMs: () => number;
  #underWay = 0;
  #waitingSinceMs = 0;
  #answered = 0;
  #failures = 0;
  #failedMs = 0;
  #failingMs = 0;

  constructor({ nowMs }: WorkOptions) {
    this.#nowMs = nowMs;
  }

  /** The same detector: each frame that it gets is under way until `answered()` or `failed()`. */
  followed(detector: Pick<Detector, 'detect' | 'sessions'>): Pick<Detector, 'detect' | 'sessions'> {
    return {
      get sessions() {
        return detector.sessions;
      },
      detect: (pixels) => {
        if (this.#underWay++ === 0) this.#waitingSinceMs = this.#nowMs();
        return detector.detect(pixels);
      },
    };
  }

  /** A frame was inferred, and everybody has been told. */
  answered(): void {
    this.#answered++;
    this.#failures = 0;
    this.#failingMs = 0;
    this.#ended();
  }

  /** A frame was given up, as the detector failed on it. */
  failed(): void {
    const nowMs = this.#nowMs();
    if (this.#failures++ > 0) this.#failingMs += Math.min(nowMs - this.#failedMs, LONGEST_GAP_MS);
    this.#failedMs = nowMs;
    this.#ended();
  }

  /** What is waited for now is known: frames that wait only begin to. */
  excuse(): void {
    this.#waitingSinceMs = this.#nowMs();
  }

  /** Frames that were inferred since the start. */
  get frames(): number {
    return this.#answered;
  }

  /** Frames in a row that were given up. */
  get failures(): number {
    return this.#failures;
  }

  /** How long frames have been under way without an end of any of them; 0 where none is. */
  get waitingMs(): number {
    return this.#underWay === 0 ? 0 : this.#nowMs() - this.#waitingSinceMs;
  }

  /** From the first to the last of the frames in a row that were given up, as far as frames came. */
  get failingMs(): number {
    return this.#failingMs;
  }

  #ended(): void {
    this.#underWay--;
    this.#waitingSinceMs = this.#nowMs();
  }
}
