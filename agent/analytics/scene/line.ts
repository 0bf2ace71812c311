// Observations of one object -> when it crosses one line, and which way. Pure.

import type { Direction } from './events.js';
import { fits, type ObjectFilter, type Observation, toPixels } from './filter.js';
import { crossings, distanceToLine, type Point } from './polygons.js';

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
  #last: Observation | undefined;
  /** Crossings since it was last clear of the line. */
  #sum = 0;
  #counted: Direction | undefined;

  constructor(line: LineOptions) {
    this.#line = line;
  }

  update(observation: Observation): Direction | undefined {
    const from = this.#placeOf(this.#last ?? observation);
    this.#sum += crossings(this.#line.points, from, this.#placeOf(observation));
    this.#last = observation;
    return this.#isClear(observation) ? this.#count(observation) : undefined;
  }

  /** Gone near the line, as through a door: the side where it was last seen counts. */
  end(): Direction | undefined {
    return this.#last && this.#count(this.#last);
  }

  #count(observation: Observation): Direction | undefined {
    const direction = this.#sum === 0 ? undefined : this.#sum > 0 ? 'in' : 'out';
    this.#sum = 0;
    if (direction === this.#counted || !fits(this.#line, observation)) return undefined;
    this.#counted = direction ?? this.#counted;
    return direction;
  }

  #isClear(observation: Observation): boolean {
    const { sourceSize, extent } = observation;
    const line = this.#line.points.map((point) => toPixels(point, sourceSize));
    const place = toPixels(this.#placeOf(observation), sourceSize);
    return distanceToLine(line, place) >= this.#line.hysteresis * extent;
  }

  #placeOf({ relativeAnchors }: Observation): Point {
    return relativeAnchors[this.#line.anchor];
  }
}
