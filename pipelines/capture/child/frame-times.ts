// Time stamp of a buffer and the time now -> when its picture was captured, and its place in the recording. Pure.

/** A time stamp further back than this is a wrong clock, not a slow pipeline. */
const LONGEST_LATENCY_MS = 10_000;

export interface FrameTime {
  readonly capturedMonotonicMs: number;
  readonly mediaTimeMs: number;
}

export class FrameTimes {
  readonly #isLive: boolean;
  readonly #playedMs: number;
  #firstMs: number | undefined;

  /**
   * @param isLive the pipeline's clock is CLOCK_MONOTONIC and starts at play
   * @param playedMs CLOCK_MONOTONIC at play
   */
  constructor(isLive: boolean, playedMs: number) {
    this.#isLive = isLive;
    this.#playedMs = playedMs;
  }

  /** @param ptsMs presentation time; nothing where the buffer has none */
  next(ptsMs: number | undefined, nowMs: number): FrameTime {
    return { capturedMonotonicMs: this.#captured(ptsMs, nowMs), mediaTimeMs: this.#media(ptsMs, nowMs) };
  }

  /** What is not live was captured when it was read. */
  #captured(ptsMs: number | undefined, nowMs: number): number {
    if (!this.#isLive || ptsMs === undefined) return nowMs;
    const capturedMs = this.#playedMs + ptsMs;
    return capturedMs > nowMs || capturedMs < nowMs - LONGEST_LATENCY_MS ? nowMs : capturedMs;
  }

  /** Recordings with reordered frames have time stamps that begin above 0. */
  #media(ptsMs: number | undefined, nowMs: number): number {
    if (ptsMs === undefined) return nowMs - this.#playedMs;
    if (this.#isLive) return ptsMs;
    this.#firstMs ??= ptsMs;
    return Math.max(0, ptsMs - this.#firstMs);
  }
}
