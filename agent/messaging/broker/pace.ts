// Packets that come, and the time -> how long each has to wait, so that nobody takes more than a share. Pure.

const BYTES_PER_PACKET = 8192;

export interface PaceOptions {
  /** Packets of up to 8 KiB; a longer one counts as several. */
  readonly perSecond: number;
  /** May come at once after a rest. */
  readonly burst: number;
  readonly nowMs: () => number;
  /** What all together may take. */
  readonly shared?: Pace;
}

/** A token bucket, and one more for all who share it. */
export class Pace {
  readonly #options: PaceOptions;
  #tokens: number;
  #atMs: number;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#atMs = options.nowMs();
  }

  /** @returns 0 where the packet may go on now, and is counted; else milliseconds after which to ask again */
  take(bytes: number): number {
    const waitMs = this.#waitMs() || (this.#options.shared?.take(bytes) ?? 0);
    if (waitMs === 0) this.#tokens -= 1 + bytes / BYTES_PER_PACKET;
    return waitMs;
  }

  /** Counts work that a packet makes beside its own, as so many more packets: later ones wait for it. */
  charge(packets: number): void {
    this.#tokens -= packets;
    this.#options.shared?.charge(packets);
  }

  #waitMs(): number {
    const { perSecond, burst, nowMs } = this.#options;
    const now = nowMs();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#atMs) / 1000) * perSecond);
    this.#atMs = now;
    return this.#tokens > 0 ? 0 : Math.ceil((1000 * (1 - this.#tokens)) / perSecond);
  }
}
