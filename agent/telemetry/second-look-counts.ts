// Second looks and what they took -> totals, and rates over an interval.

import type { SecondLookFigures } from './reports.js';

type Totals = { frames: number; looks: number; found: number; busyMs: number };

export class SecondLookCounts {
  readonly #totals: Totals = { frames: 0, looks: 0, found: 0, busyMs: 0 };
  #before: Totals = { ...this.#totals };

  /**
   * A frame had second looks.
   *
   * @param looks parts of it
   * @param found detections that are reported and that these alone have shown
   */
  looked({ looks, found, inferenceMs }: { looks: number; found: number; inferenceMs: number }): void {
    this.#totals.frames++;
    this.#totals.looks += looks;
    this.#totals.found += found;
    this.#totals.busyMs += inferenceMs;
  }

  /** Since start. */
  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  /** Totals, and rates since the last call. @returns nothing before the first look */
  take(seconds: number): SecondLookFigures | undefined {
    const { frames, looks, found, busyMs } = this.#totals;
    if (looks === 0) return undefined;
    const before = this.#before;
    this.#before = { ...this.#totals };
    return {
      frames,
      looks,
      found,
      looksPerSecond: (looks - before.looks) / seconds,
      detectorPercent: (busyMs - before.busyMs) / (10 * seconds),
    };
  }
}
