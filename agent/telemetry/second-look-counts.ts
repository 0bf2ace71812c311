// Second looks and what they took -> totals, and rates over an interval.

import type { SecondLookFigures } from './reports.js';

type Totals = { looks: number; found: number; busyMs: number };

export class SecondLookCounts {
  readonly #totals: Totals = { looks: 0, found: 0, busyMs: 0 };
  #before: Totals = { ...this.#totals };

  /** @param found detections that are reported and that the look alone has shown */
  looked(found: number, inferenceMs: number): void {
    this.#totals.looks++;
    this.#totals.found += found;
    this.#totals.busyMs += inferenceMs;
  }

  /** Since start. */
  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  /** Totals, and rates since the last call. @returns nothing before the first look */
  take(seconds: number): SecondLookFigures | undefined {
    const { looks, found, busyMs } = this.#totals;
    if (looks === 0) return undefined;
    const before = this.#before;
    this.#before = { ...this.#totals };
    return {
      looks,
      found,
      looksPerSecond: (looks - before.looks) / seconds,
      detectorPercent: (busyMs - before.busyMs) / (10 * seconds),
    };
  }
}
