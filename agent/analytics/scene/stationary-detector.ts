// Where an object is, frame by frame -> whether it rests. Pure.

import { type Observation, toPixels } from './filter.js';
import { distance, type Point } from './polygons.js';

/** Movement in parts of the object's size. Boxes of a resting object tremble by some hundredths of it. */
const STILL = 0.2;
/** More than `STILL`, so that an object at its edge does not flicker. */
const MOVED = 0.4;
/** One box that is far off, as beside a passer-by, is no movement. */
const MOVING_MS = 500;

export class StationaryDetector {
  readonly #stillMs: number;
  #place: Point | undefined;
  #sinceMs = 0;
  #movingSinceMs: number | undefined;
  #isStationary = false;

  /** @param stillMs how long an object must keep its place to rest */
  constructor(stillMs: number) {
    this.#stillMs = stillMs;
  }

  get isStationary(): boolean {
    return this.#isStationary;
  }

  update({ relativeAnchors, sourceSize, extent }: Observation, atMs: number): void {
    const at = toPixels(relativeAnchors.centre, sourceSize);
    const moved = this.#place === undefined ? Number.POSITIVE_INFINITY : distance(this.#place, at) / extent;
    if (moved <= (this.#isStationary ? MOVED : STILL)) {
      this.#movingSinceMs = undefined;
      if (atMs - this.#sinceMs >= this.#stillMs) this.#isStationary = true;
      return;
    }
    this.#movingSinceMs ??= atMs;
    if (this.#isStationary && atMs - this.#movingSinceMs < MOVING_MS) return;
    this.#isStationary = false;
    this.#movingSinceMs = undefined;
    this.#place = at;
    this.#sinceMs = atMs;
  }
}
