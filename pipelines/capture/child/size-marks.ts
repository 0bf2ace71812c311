// Sizes of a source -> marks in its caps, which a picture still carries when it has been scaled: what has another mark
// is of another size. Pure.

import type { SourceGeometry } from './source-geometry.js';

interface Marked {
  /** Of pictures of this size, from when the filter has the caps. */
  readonly mark: number;
  /** Caps of the filter that marks what is to come, as text. */
  readonly caps: string;
}

/**
 * GStreamer's scaler forgets the size of what it scales, and hands on what it does not know of its caps. A filter in front
 * of it gives one mark to the size that is known, and another to any other: the first picture of a new size has that.
 */
export class SizeMarks {
  #last = 0;

  /** @returns nothing for a source without marks */
  next(seen: SourceGeometry): Marked | undefined {
    if (seen.mark === undefined) return undefined;
    const { width, height, pixel } = seen;
    const here = ++this.#last;
    const size = `width=${width},height=${height},pixel-aspect-ratio=${pixel.numerator}/${pixel.denominator}`;
    return {
      mark: here,
      caps: `${marked(`${size},`, here)};${markedAny(++this.#last)}`,
    };
  }
}

/** Caps that give the same mark to pictures of any size. */
export function markedAny(mark = 0): string {
  return marked('', mark);
}

function marked(fields: string, mark: number): string {
  return `video/x-raw,${fields}mark=(int)${mark}`;
}
