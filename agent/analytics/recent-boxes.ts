// Boxes of frames as they come -> those of the frame nearest in time to a picture of another stream of the camera.

import { Condition } from '#common/condition.js';
import type { Box } from '../../models/detection.js';
import type { Size } from '../../pipelines/frame.js';

export interface Moment<Boxed> {
  /** CLOCK_MONOTONIC at capture, milliseconds. */
  readonly capturedMonotonicMs: number;
  /** Of the frame that the boxes are in pixels of. */
  readonly sourceSize: Size;
  readonly boxed: readonly Boxed[];
}

/** A picture comes this late at the most, with those that are as old. */
const KEPT = 64;
/** A scene in which nothing moves is looked at once a second, and inference takes its time. */
const PATIENCE_MS = 2000;

export class RecentBoxes<Boxed> {
  readonly #moments: Moment<Boxed>[] = [];
  readonly #added = new Condition();

  add(moment: Moment<Boxed>): void {
    this.#moments.push(moment);
    if (this.#moments.length > KEPT) this.#moments.shift();
    this.#added.notify();
  }

  /** Waits for a frame that is as new, where one comes in two seconds; undefined where there has been none. */
  async nearest(atMs: number): Promise<Moment<Boxed> | undefined> {
    const isOver = AbortSignal.timeout(PATIENCE_MS);
    const newestMs = () => this.#moments.at(-1)?.capturedMonotonicMs ?? Number.NEGATIVE_INFINITY;
    while (newestMs() < atMs && !isOver.aborted) await this.#added.wait({ signal: isOver });
    const distance = ({ capturedMonotonicMs }: Moment<Boxed>) => Math.abs(capturedMonotonicMs - atMs);
    return this.#moments.toSorted((a, b) => distance(a) - distance(b))[0];
  }
}

/** The same part of a picture of another size. */
export function scaledBox([x1, y1, x2, y2]: Box, from: Size, to: Size): Box {
  const [right, down] = [to.width / from.width, to.height / from.height];
  return [x1 * right, y1 * down, x2 * right, y2 * down];
}
