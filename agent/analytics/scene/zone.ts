// Observations of one object -> when it enters, leaves and loiters in one zone. Pure.

import { fits, hasLabel, type ObjectFilter, type Observation } from './filter.js';
import { contains, type Point } from './polygons.js';

export interface ZoneOptions extends ObjectFilter {
  /** Polygon, relative. */
  readonly points: readonly Point[];
  /** An object must be seen inside so long to enter, and outside so long to leave. */
  readonly inertiaSeconds: number;
  /** Default never. */
  readonly loiteringSeconds?: number | undefined;
}

export type ZoneChange =
  | { readonly event: 'enter' }
  | { readonly event: 'leave' | 'loiter'; readonly durationMs: number };

export class ZoneVisit {
  readonly #zone: ZoneOptions;
  #isInside = false;
  /** Since when it has been seen on the other side of what `isInside` says. */
  #otherSinceMs: number | undefined;
  #enteredMs = 0;
  #lastInsideMs = 0;
  #loitered = false;

  constructor(zone: ZoneOptions) {
    this.#zone = zone;
  }

  get isInside(): boolean {
    return this.#isInside;
  }

  /** @param atMs capture time of the frame */
  update(observation: Observation, atMs: number): readonly ZoneChange[] {
    const isWithin = this.#holds(observation);
    if (isWithin) this.#lastInsideMs = atMs;
    if (isWithin === this.#isInside) this.#otherSinceMs = undefined;
    else this.#otherSinceMs ??= atMs;
    const changes: ZoneChange[] = [];
    const sinceMs = this.#otherSinceMs;
    if (sinceMs !== undefined && atMs - sinceMs >= this.#zone.inertiaSeconds * 1000) {
      changes.push(...(this.#isInside ? this.end() : this.#enter(sinceMs)));
    }
    const { loiteringSeconds = Number.POSITIVE_INFINITY } = this.#zone;
    const insideMs = this.#lastInsideMs - this.#enteredMs;
    if (this.#isInside && !this.#loitered && insideMs >= loiteringSeconds * 1000) {
      this.#loitered = true;
      changes.push({ event: 'loiter', durationMs: insideMs });
    }
    return changes;
  }

  /** The object is gone, wherever it was. */
  end(): readonly ZoneChange[] {
    if (!this.#isInside) return [];
    this.#isInside = false;
    this.#otherSinceMs = undefined;
    return [{ event: 'leave', durationMs: this.#lastInsideMs - this.#enteredMs }];
  }

  #enter(sinceMs: number): readonly ZoneChange[] {
    this.#isInside = true;
    this.#otherSinceMs = undefined;
    this.#enteredMs = sinceMs;
    this.#loitered = false;
    return [{ event: 'enter' }];
  }

  /** Score and size are asked for once, at the entrance: who is inside does not leave by turning round. */
  #holds(observation: Observation): boolean {
    const isWanted = this.#isInside ? hasLabel(this.#zone, observation) : fits(this.#zone, observation);
    return isWanted && contains(this.#zone.points, observation.relativeAnchors[this.#zone.anchor]);
  }
}
