// What happens to the frames of one camera -> totals, and rates over an interval.

export type Totals = { captured: number; inferred: number; skipped: number; dropped: number };

/** Frames since start, and frames per second of the interval that has ended. */
export interface CameraFigures extends Readonly<Totals> {
  readonly capturedFps: number;
  readonly inferredFps: number;
  readonly skippedFps: number;
  readonly droppedFps: number;
  readonly restarts: number;
}

export class CameraCounters {
  readonly #totals: Totals = { captured: 0, inferred: 0, skipped: 0, dropped: 0 };
  #before: Totals = { captured: 0, inferred: 0, skipped: 0, dropped: 0 };
  #restarts = 0;
  #nextSequence: number | undefined;
  #skippedSoFar = 0;
  /** Of those that are missing before the frames that come next. */
  #limited = 0;

  /**
   * A frame of the source came; those missing since the last one were skipped or dropped on the way.
   *
   * @param skippedSoFar frames passed over since the source was opened because nothing moved
   */
  arrived(sequence: number, skippedSoFar = 0): void {
    const missed = this.#nextSequence === undefined ? 0 : Math.max(0, sequence - this.#nextSequence);
    const skipped = Math.min(missed, Math.max(0, skippedSoFar - this.#skippedSoFar));
    this.#nextSequence = sequence + 1;
    this.#skippedSoFar = skippedSoFar;
    this.#totals.captured += missed + 1;
    const limited = Math.min(missed - skipped, this.#limited);
    this.#limited -= limited;
    this.#totals.skipped += skipped + limited;
    this.#totals.dropped += missed - skipped - limited;
  }

  /** A frame came that `maxFps` passes over. */
  limited(): void {
    this.#limited++;
  }

  /** A frame that came was given up for a newer one. */
  dropped(): void {
    this.#totals.dropped++;
  }

  inferred(): void {
    this.#totals.inferred++;
  }

  /** The source was opened anew and counts from 0 again. */
  restarted(): void {
    this.#restarts++;
    this.#nextSequence = undefined;
    this.#skippedSoFar = 0;
    this.#limited = 0;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Since start, in frames. */
  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  /** Gives totals, and the rates since the last call. */
  take(seconds: number): CameraFigures {
    const { captured, inferred, skipped, dropped } = this.#totals;
    const rate = (key: keyof Totals) => (this.#totals[key] - this.#before[key]) / seconds;
    const rates = {
      capturedFps: rate('captured'),
      inferredFps: rate('inferred'),
      skippedFps: rate('skipped'),
      droppedFps: rate('dropped'),
    };
    this.#before = { ...this.#totals };
    return { captured, inferred, skipped, dropped, ...rates, restarts: this.#restarts };
  }
}
