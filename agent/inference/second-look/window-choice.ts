// Boxes that are worth a second look, and when was looked where -> the next windows. Pure.

import type { Box } from '../../../models/detection.js';
import type { Rect, Size } from '../../../pipelines/frame.js';
import { gridOf, isWithin, windowAround, windowSize } from './windows.js';

export interface ChoiceOptions {
  /** Also where nothing is known to be: window after window, all over the picture. */
  readonly searches: boolean;
}

export interface Wanted {
  readonly picture: Size;
  readonly input: Size;
  /** CLOCK_MONOTONIC. */
  readonly atMs: number;
  /** Windows of one frame. */
  readonly most: number;
}

interface WaitingBox {
  readonly box: Box;
  /** How long it has not been looked at. */
  readonly ageMs: number;
}

/** What was looked at longer ago is as new. */
const MEMORY_MS = 3000;
/** Nothing is to be learnt of the same place so soon. */
const LEAST_AGE_MS = 100;
/** A search goes on once in so long: the eighteen windows of 1080p take some seconds, one at a time. */
const SEARCH_EVERY_MS = 250;
/** More boxes are not weighed. */
const MOST_BOXES = 40;

/** There is one per camera. */
export class WindowChoice {
  readonly #searches: boolean;
  #looks: { readonly window: Rect; readonly atMs: number }[] = [];
  #searchedMs = Number.NEGATIVE_INFINITY;
  #searched = 0;

  constructor({ searches }: ChoiceOptions) {
    this.#searches = searches;
  }

  /** A window has been looked at. */
  looked(window: Rect, atMs: number): void {
    this.#looks = [...this.#looks.filter((look) => atMs - look.atMs < MEMORY_MS), { window, atMs }];
  }

  /**
   * The windows with the most boxes that have not been looked at for the longest time, and for what is left those of the
   * search.
   *
   * @param boxes in pixels of the picture
   * @param most windows of one frame
   * @returns none where there is nothing to look at
   */
  next(boxes: readonly Box[], { picture, input, atMs, most }: Wanted): Rect[] {
    const size = windowSize(picture, input);
    if (size === undefined) return [];
    const windows: Rect[] = [];
    let waiting = boxes
      .slice(0, MOST_BOXES)
      .map((box) => ({ box, ageMs: this.#ageMs(box, atMs) }))
      .filter(({ ageMs }) => ageMs >= LEAST_AGE_MS);
    while (windows.length < most) {
      const best = heaviest(waiting, picture, size);
      if (best === undefined) break;
      windows.push(best);
      waiting = waiting.filter(({ box }) => !isWithin(box, best));
    }
    if (this.#searches) windows.push(...this.#search(most - windows.length, picture, size, atMs));
    return windows;
  }

  #ageMs(box: Box, atMs: number): number {
    const last = this.#looks.findLast(({ window }) => isWithin(box, window));
    return last === undefined ? MEMORY_MS : Math.min(MEMORY_MS, atMs - last.atMs);
  }

  #search(most: number, picture: Size, size: Size, atMs: number): Rect[] {
    if (most === 0 || atMs - this.#searchedMs < SEARCH_EVERY_MS) return [];
    this.#searchedMs = atMs;
    const windows = gridOf(picture, size);
    const count = Math.min(most, windows.length);
    return Array.from({ length: count }, () => windows[this.#searched++ % windows.length]!);
  }
}

/** @returns nothing where no window has a whole box in it */
function heaviest(waiting: readonly WaitingBox[], picture: Size, size: Size): Rect | undefined {
  const weighed = waiting.map(({ box }) => {
    const window = windowAround(box, picture, size);
    const weight = waiting
      .filter((one) => isWithin(one.box, window))
      .reduce((sum, { ageMs }) => sum + ageMs, 0);
    return { window, weight };
  });
  const best = weighed.toSorted((a, b) => b.weight - a.weight)[0];
  return best !== undefined && best.weight > 0 ? best.window : undefined;
}
