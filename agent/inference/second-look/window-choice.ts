// Boxes that are worth a second look, and when was looked where -> the next window. Pure.

import type { Box } from '../../../models/detection.js';
import type { Rect, Size } from '../../../pipelines/frame.js';
import { gridOf, isWithin, windowAround, windowSize } from './windows.js';

export interface ChoiceOptions {
  /** Also where nothing is known to be: window after window, all over the picture. */
  readonly searches: boolean;
}

/** What was looked at longer ago is as new. */
const MEMORY_MS = 3000;
/** Nothing is to be learnt of the same place so soon. */
const LEAST_AGE_MS = 100;
/** A search goes on by a window in so long: eighteen windows of 1080p take some seconds. */
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
   * The window with the most boxes that have not been looked at for the longest time.
   *
   * @param boxes in pixels of the picture
   * @returns nothing where there is nothing to look at
   */
  next(boxes: readonly Box[], picture: Size, input: Size, atMs: number): Rect | undefined {
    const size = windowSize(picture, input);
    if (size === undefined) return undefined;
    const waiting = boxes
      .slice(0, MOST_BOXES)
      .map((box) => ({ box, ageMs: this.#ageMs(box, atMs) }))
      .filter(({ ageMs }) => ageMs >= LEAST_AGE_MS);
    const weighed = waiting.map(({ box }) => {
      const window = windowAround(box, picture, size);
      const weight = waiting
        .filter((one) => isWithin(one.box, window))
        .reduce((sum, { ageMs }) => sum + ageMs, 0);
      return { window, weight };
    });
    const best = weighed.toSorted((a, b) => b.weight - a.weight)[0];
    if (best !== undefined && best.weight > 0) return best.window;
    return this.#searches ? this.#search(picture, size, atMs) : undefined;
  }

  #ageMs(box: Box, atMs: number): number {
    const last = this.#looks.findLast(({ window }) => isWithin(box, window));
    return last === undefined ? MEMORY_MS : Math.min(MEMORY_MS, atMs - last.atMs);
  }

  #search(picture: Size, size: Size, atMs: number): Rect | undefined {
    if (atMs - this.#searchedMs < SEARCH_EVERY_MS) return undefined;
    this.#searchedMs = atMs;
    const windows = gridOf(picture, size);
    return windows[this.#searched++ % windows.length];
  }
}
