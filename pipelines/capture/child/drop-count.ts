// Frames seen, and the count of frames before the leaky queue -> sequence numbers in which a gap is a drop.

/** Frames that may be between the counting element and this process: one each in queue, scaler and appsink. */
const IN_FLIGHT = 3;
/** Each look leaks some hundred bytes in gstreamer-superficial, so it is rare and only made on suspicion. */
const LOOK_EVERY_MS = 10_000;
/** Of a stream that is uneven by itself: a look that finds nothing makes the next one rarer. */
const MOST_LOOK_EVERY_MS = 600_000;

export class DropCount {
  readonly #counter: { readonly stats?: string | null };
  #next = 0;
  #lastPtsMs: number | undefined;
  #shortestStepMs = Number.POSITIVE_INFINITY;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #lookEveryMs = LOOK_EVERY_MS;
  #suspicious = false;

  /** @param counter GStreamer's identity; its `stats` exist since 1.20, without them only our own drops count */
  constructor(counter: { readonly stats?: string | null }) {
    this.#counter = counter;
  }

  /** Frames counted so far, dropped ones included. */
  get produced(): number {
    return this.#next;
  }

  next(): number {
    const sequence = this.#next;
    this.#next += 1;
    return sequence;
  }

  /** A step in time longer than the shortest one makes suspicious; GStreamer's own count then decides. */
  nextAt(ptsMs: number | undefined, nowMs: number): number {
    if (ptsMs !== undefined && this.#lastPtsMs !== undefined && ptsMs > this.#lastPtsMs) {
      const stepMs = ptsMs - this.#lastPtsMs;
      this.#shortestStepMs = Math.min(this.#shortestStepMs, stepMs);
      if (stepMs > 1.5 * this.#shortestStepMs) this.#suspicious = true;
    }
    this.#lastPtsMs = ptsMs;
    if (this.#suspicious && nowMs - this.#lookedMs >= this.#lookEveryMs) {
      this.#lookedMs = nowMs;
      this.#suspicious = false;
      const counted = /num-buffers=\(guint64\)(\d+)/.exec(this.#counter.stats ?? '')?.[1];
      const missed = Number(counted ?? 0) - IN_FLIGHT - this.#next - 1;
      this.#next += Math.max(0, missed);
      this.#lookEveryMs = missed > 0 ? LOOK_EVERY_MS : Math.min(2 * this.#lookEveryMs, MOST_LOOK_EVERY_MS);
    }
    return this.next();
  }
}
