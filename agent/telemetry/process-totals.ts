// This process -> what it has used since it began.

import type { MetricsInput } from './metrics.js';
import { residentBytes } from './resident-bytes.js';

/** What a clock is set by is more; by less it is corrected while it runs, and Prometheus takes another start for a restart. */
const CORRECTION_SECONDS = 10;

export class ProcessTotals {
  readonly #nowMs: () => number;
  #startedSeconds = performance.timeOrigin / 1000;

  /** @param nowMs milliseconds since 1970 */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  read(): MetricsInput['process'] {
    const { user, system } = process.cpuUsage();
    return {
      cpuSeconds: (user + system) / 1e6,
      residentBytes: residentBytes(),
      startedSeconds: this.#started(),
    };
  }

  /** By the clock as it is now: a machine without a battery for it starts in another year, until the network tells the time. */
  #started(): number {
    const startedSeconds = (this.#nowMs() - performance.now()) / 1000;
    if (Math.abs(startedSeconds - this.#startedSeconds) > CORRECTION_SECONDS)
      this.#startedSeconds = startedSeconds;
    return this.#startedSeconds;
  }
}
