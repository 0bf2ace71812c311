// Requests as they come -> how many are answered, and how many were not: a flood costs neither answers nor log lines.

const MINUTE_MS = 60_000;

export interface AllowanceOptions {
  /** Read with each request. */
  readonly perMinute: number;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
  /** At most once a minute: how many were dropped since the last time. */
  readonly onDropped: (count: number) => void;
}

/** A bucket that holds a minute's worth and fills evenly. */
export class Allowance {
  readonly #options: AllowanceOptions;
  #left: number;
  #filledMs: number;
  #dropped = 0;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(options: AllowanceOptions) {
    this.#options = options;
    this.#left = options.perMinute;
    this.#filledMs = options.nowMs();
  }

  /** Takes one where there is one. */
  take(): boolean {
    const { perMinute, nowMs } = this.#options;
    const now = nowMs();
    this.#left = Math.min(perMinute, this.#left + ((now - this.#filledMs) * perMinute) / MINUTE_MS);
    this.#filledMs = now;
    if (this.#left >= 1) {
      this.#left--;
      return true;
    }
    this.#dropped++;
    if (now - this.#toldMs >= MINUTE_MS) {
      this.#options.onDropped(this.#dropped);
      this.#toldMs = now;
      this.#dropped = 0;
    }
    return false;
  }
}
