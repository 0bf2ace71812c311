// Sightings of one object -> when it crosses one line, and which way. Pure.

import type { Direction } from './events.js';
import { fits, type ObjectFilter, type Sighting, toPixels } from './filter.js';
import { crossings, distanceToLine, type Point } from './geometry.js';

export interface LineOptions extends ObjectFilter {
  /** Two or more, relative; `in` is to the right, looking from the first to the last. */
  readonly points: readonly Point[];
  /** An object has crossed once it is so far from the line, in parts of its own size. */
  readonly hysteresis: number;
}

/**
 * Adds up the crossings of each step between two places that are clear of the line, so that trembling on it and
 * walking round its end come to nothing. After a crossing the next one that counts is the one back.
 */
export class LineCrossing {
  readonly #line: LineOptions;
  #last: Point | undefined;
  /** Since it was last clear of the line. */
  #sum = 0;
  #counted: Direction | undefined;

  constructor(line: LineOptions) {
    this.#line = line;
  }

  see(sighting: Sighting): Direction | undefined {
    const { points, anchor } = this.#line;
    const at = sighting.relativeAnchors[anchor];
    this.#sum += crossings(points, this.#last ?? at, at);
    this.#last = at;
    if (!this.#isClear(at, sighting)) return undefined;
    const direction = this.#sum === 0 ? undefined : this.#sum > 0 ? 'in' : 'out';
    this.#sum = 0;
    if (direction === undefined || direction === this.#counted || !fits(this.#line, sighting))
      return undefined;
    this.#counted = direction;
    return direction;
  }

  #isClear(at: Point, { sourceSize, extent }: Sighting): boolean {
    const line = this.#line.points.map((point) => toPixels(point, sourceSize));
    return distanceToLine(line, toPixels(at, sourceSize)) >= this.#line.hysteresis * extent;
  }
}
