// Sizes of the source + what a scaled picture says of itself -> the source that it is of, and where it lies. Pure.

import type { InputSize, Rect, Size } from '../../frame.js';
import { letterbox, placeContent } from '../../letterbox.js';
import type { FrameRecord } from '../records.js';
import type { SourceGeometry } from './source-geometry.js';

export interface Place {
  readonly told: Pick<FrameRecord, 'sourceSize' | 'content'>;
  /** Where GStreamer puts the picture in the whole input, until it has got to know the size that is wanted. */
  readonly centred: Rect;
}

interface Candidate extends Place {
  /** Width of the whole picture over its height, as it is to be shown. */
  readonly shape: number;
}

/** GStreamer rounds the shape of pixels to a fraction of small numbers. */
const SAME_SHAPE = 1e-3;

/**
 * A camera may change its size at any time, and the size is looked at now and then only. A picture that fills a size
 * without borders tells the shape of its source by the shape of its pixels.
 */
export class FramePlaces {
  readonly #inputSize: InputSize;
  #now: Candidate;
  /** Pictures that are under way when the size changes: of the old source, and of the new one at the old size. */
  #before: readonly Candidate[] = [];

  constructor(inputSize: InputSize, geometry: SourceGeometry) {
    this.#inputSize = inputSize;
    this.#now = candidate(geometry, inputSize);
  }

  /** The part of the input that holds the picture. */
  get content(): Rect {
    return this.#now.told.content;
  }

  /** The source has changed its size. */
  set(geometry: SourceGeometry): void {
    const old = this.#now;
    this.#now = candidate(geometry, this.#inputSize);
    const { sourceSize } = this.#now.told;
    const squeezed = { ...this.#now, told: { sourceSize, content: old.told.content } };
    this.#before = [squeezed, old];
  }

  /** @returns nothing for a picture of a source whose size is not known yet */
  of(scaled: SourceGeometry): Place | undefined {
    const shape = shapeOf(scaled);
    const found = [this.#now, ...this.#before].find(
      (one) => isSame(scaled, one.told.content) && Math.abs(shape / one.shape - 1) < SAME_SHAPE,
    );
    if (found !== undefined) return found;
    const isWhole = isSame(scaled, this.#inputSize) && !isSame(scaled, this.#now.told.content);
    return isWhole ? this.#now : undefined;
  }
}

function candidate(geometry: SourceGeometry, inputSize: InputSize): Candidate {
  const { width, height, pixel } = geometry;
  const sourceSize = { width, height };
  const content = placeContent(sourceSize, inputSize, pixel);
  const isStretched = inputSize.resize?.kind === 'stretch';
  return {
    told: { sourceSize, content },
    centred: isStretched ? content : letterbox(sourceSize, inputSize, pixel),
    shape: shapeOf(geometry),
  };
}

function shapeOf({ width, height, pixel }: SourceGeometry): number {
  return (width * pixel.numerator) / (height * pixel.denominator);
}

function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
