// What happens to the frames of one camera -> totals, and rates over an interval.

import { round } from '../mqtt/payloads.js';
import type { Body } from '../mqtt/schemas.js';

export type Totals = { captured: number; inferred: number; dropped: number };

export class CameraCounters {
  readonly #totals: Totals = { captured: 0, inferred: 0, dropped: 0 };
  #before: Totals = { captured: 0, inferred: 0, dropped: 0 };
  #restarts = 0;
  #nextSequence: number | undefined;

  /** A frame of the source came; those missing since the last one were dropped on the way. */
  arrived(sequence: number): void {
    const missed = this.#nextSequence === undefined ? 0 : Math.max(0, sequence - this.#nextSequence);
    this.#nextSequence = sequence + 1;
    this.#totals.captured += missed + 1;
    this.#totals.dropped += missed;
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
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Since start, in frames. */
  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  /** Totals, and the rates since the last call. */
  take(seconds: number): Body<'stats'>['cameras'][string] {
    const { captured, inferred, dropped } = this.#totals;
    const rate = (key: keyof Totals) => round((this.#totals[key] - this.#before[key]) / seconds, 2);
    const rates = {
      capturedFps: rate('captured'),
      inferredFps: rate('inferred'),
      droppedFps: rate('dropped'),
    };
    this.#before = { ...this.#totals };
    return { captured, inferred, dropped, ...rates, restarts: this.#restarts };
  }
}
