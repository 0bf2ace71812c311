// Frames of several sources as they come -> one stream: the newest of each, the source served longest ago first. Pure.

import { Condition } from '#common/condition.js';
import type { Frame } from './frame.js';

/**
 * Holds one frame of each source, so that a slow consumer sees new frames and a fast source cannot starve a slow
 * one. A frame that a newer one replaces goes back at once; the gap in the numbers of a source tells of it.
 */
export class NewestFrames {
  /** What waits of each source. Who has been served goes to the end, so that the first that has a frame is next. */
  readonly #waiting: Map<string, Frame | undefined>;
  readonly #release: (pixels: ArrayBuffer) => void;
  readonly #changed = new Condition();
  #hasEnded = false;
  #isTaken = true;
  #replaced = 0;

  /**
   * @param sources their ids, in the order of their first turns
   * @param release gets the buffer of each frame that nobody will take
   */
  constructor(sources: readonly string[], release: (pixels: ArrayBuffer) => void) {
    this.#waiting = new Map(sources.map((id) => [id, undefined]));
    this.#release = release;
  }

  /** A frame of one of the sources; of another one it goes back at once. */
  put(frame: Frame): void {
    const isTaken = this.#isTaken && this.#waiting.has(frame.source);
    const replaced = isTaken ? this.#waiting.get(frame.source) : frame;
    if (replaced !== undefined) this.#release(replaced.pixels);
    if (!isTaken) return;
    if (replaced !== undefined) this.#replaced++;
    this.#waiting.set(frame.source, frame);
    this.#changed.notify();
  }

  /** A further source, whose first turn comes after all others. */
  add(source: string): void {
    if (this.#isTaken && !this.#waiting.has(source)) this.#waiting.set(source, undefined);
  }

  /** What waits of the source goes back, and nobody takes what still comes. */
  remove(source: string): void {
    this.drop(source);
    this.#waiting.delete(source);
  }

  /** What waits of the source goes back. */
  drop(source: string): void {
    const waiting = this.#waiting.get(source);
    if (waiting === undefined) return;
    this.#release(waiting.pixels);
    this.#waiting.set(source, undefined);
  }

  /** Frames that newer ones took the place of: the consumer is too slow for them. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Whether there is a frame that nobody has taken. */
  get isWaiting(): boolean {
    return [...this.#waiting.values()].some((frame) => frame !== undefined);
  }

  /** No source gives any more; what waits is still handed over. */
  end(): void {
    this.#hasEnded = true;
    this.#changed.notify();
  }

  /** Ends after `end()`, or when the signal aborts. Call once. */
  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    try {
      while (!signal.aborted) {
        const frame = this.#take();
        if (frame !== undefined) yield frame;
        else if (this.#hasEnded) return;
        else await this.#changed.wait({ signal });
      }
    } finally {
      this.#isTaken = false;
      for (const frame of this.#waiting.values()) if (frame !== undefined) this.#release(frame.pixels);
      this.#waiting.clear();
    }
  }

  #take(): Frame | undefined {
    for (const [source, frame] of this.#waiting) {
      if (frame === undefined) continue;
      this.#waiting.delete(source);
      this.#waiting.set(source, undefined);
      return frame;
    }
    return undefined;
  }
}
