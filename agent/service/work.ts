// Frames given to the detector, and what became of them -> whether work goes on.

import type { Detector } from '../../models/runtime/detector.js';

export interface WorkOptions {
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly nowMs: () => number;
}

/** From the detector to the end of what is done with the answer: a frame that is stuck anywhere there shows. */
export class Work {
  readonly #nowMs: () => number;
  #underWay = 0;
  #waitingSinceMs = 0;
  #answered = 0;
  #failures = 0;
  #failingSinceMs: number | undefined;

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
    this.#failingSinceMs = undefined;
    this.#ended();
  }

  /** A frame was given up, as the detector failed on it. */
  failed(): void {
    this.#failures++;
    this.#failingSinceMs ??= this.#nowMs();
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

  /** How long frames have been given up and none inferred; 0 where the last one was. */
  get failingMs(): number {
    return this.#failingSinceMs === undefined ? 0 : this.#nowMs() - this.#failingSinceMs;
  }

  #ended(): void {
    this.#underWay--;
    this.#waitingSinceMs = this.#nowMs();
  }
}
