// A rate and the time -> whether the next message of a backlog may go now. Pure.

/** A bucket that fills at the rate and holds a tick's worth. */
export class ReplayPace {
  readonly #perSecond: number;
  readonly #most: number;
  #allowance = 0;
  #atMs = 0;

  /** @param tickMs how often it is asked */
  constructor(perSecond: number, tickMs: number) {
    this.#perSecond = perSecond;
    this.#most = Math.max(1, (perSecond * tickMs) / 1000);
  }

  /** With a new connection one message may go at once. */
  begin(nowMs: number): void {
    this.#allowance = 1;
    this.#atMs = nowMs;
  }

  /** Takes one from the bucket where there is one. */
  allows(nowMs: number): boolean {
    const filled = (Math.max(0, nowMs - this.#atMs) / 1000) * this.#perSecond;
    this.#allowance = Math.min(this.#most, this.#allowance + filled);
    this.#atMs = nowMs;
    if (this.#allowance < 1) return false;
    this.#allowance--;
    return true;
  }
}
