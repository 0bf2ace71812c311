// Sizes of the source + what a scaled picture says of itself -> the source that it is of, and where it lies. Pure.

import type { InputSize, Rect, Size } from '../../frame.js';
import { letterbox, placeContent } from '../../letterbox.js';
import type { FrameRecord } from '../record-kinds.js';
import type { SourceGeometry } from './source-geometry.js';

export interface Place {
  readonly told: Pick<FrameRecord, 'sourceSize' | 'content'>;
  /** Where GStreamer puts the picture in the whole input, until it has got to know the size that is wanted. */
  readonly centred: Rect;
}

export interface Sight {
  /** Of the picture that was looked at. */
  readonly ptsMs?: number | undefined;
  readonly mark?: number | undefined;
}

interface KnownSource extends Place {
  /** Width of the whole picture over its height, as it is to be shown. */
  readonly shape: number;
  /** Of its pictures alone. */
  readonly mark?: number | undefined;
  /** Of those that came before there was one, up to the last that was looked at; others may have the same. */
  readonly before: { readonly mark: number | undefined; untilMs: number | undefined };
}

/** GStreamer rounds the shape of pixels to a fraction of small numbers. */
const SAME_SHAPE = 1e-3;
/** Pictures of as many sizes may be under way between the source and here. */
const KEPT = 4;

/**
 * A camera may change its size at any time. A picture tells of which size it was made by its mark; where sources have none
 * it tells its shape at least, by the shape of its pixels.
 */
export class FramePlaces {
  readonly #inputSize: InputSize;
  /** The newest first. */
  #sources: readonly KnownSource[];
  /** To which pictures were scaled, the newest first: one of a new source may still come at the size of the one before. */
  #contents: readonly Rect[];

  /** @param sight when the geometry was seen, and what pictures of its size will be marked with */
  constructor(inputSize: InputSize, geometry: SourceGeometry, sight: Sight = {}) {
    this.#inputSize = inputSize;
    const now = known(geometry, inputSize, sight);
    this.#sources = [now];
    this.#contents = [now.told.content];
  }

  /** The part of the input that holds the picture. */
  get content(): Rect {
    return this.#contents[0]!;
  }

  /** The source has changed its size. */
  set(geometry: SourceGeometry, sight: Sight = {}): void {
    const now = known(geometry, this.#inputSize, sight);
    this.#sources = [now, ...this.#sources].slice(0, KEPT);
    this.#contents = [now.told.content, ...this.#contents].slice(0, KEPT);
  }

  /** The source still has its size. @param ptsMs of the picture that was looked at */
  confirm(ptsMs: number | undefined): void {
    this.#sources[0]!.before.untilMs = ptsMs;
  }

  /** @returns nothing for a picture of a source whose size is not known yet */
  of(scaled: SourceGeometry, ptsMs?: number): Place | undefined {
    const content = this.#contents.find((one) => isSame(one, scaled));
    if (content === undefined && !isSame(scaled, this.#inputSize)) return undefined;
    const source =
      scaled.mark === undefined
        ? this.#sources.find((one) => content === undefined || hasShape(one, scaled))
        : this.#sources.findLast((one) => isMarked(one, scaled, ptsMs, content === undefined));
    if (source === undefined || content === undefined) return source;
    return { ...source, told: { ...source.told, content } };
  }
}

/** @param isShapeless the picture lies within borders, and says nothing of its shape */
function isMarked(
  one: KnownSource,
  scaled: SourceGeometry,
  ptsMs: number | undefined,
  isShapeless: boolean,
): boolean {
  const { mark, before } = one;
  if (scaled.mark === mark) return true;
  // The size may have come and gone in between, or have no time that tells.
  if (scaled.mark !== before.mark || !(isShapeless || hasShape(one, scaled))) return false;
  return (ptsMs ?? 0) <= (before.untilMs ?? Number.POSITIVE_INFINITY);
}

function hasShape({ shape }: KnownSource, scaled: SourceGeometry): boolean {
  return Math.abs(shapeOf(scaled) / shape - 1) < SAME_SHAPE;
}

function known(geometry: SourceGeometry, inputSize: InputSize, { mark, ptsMs }: Sight): KnownSource {
  const { width, height, pixel } = geometry;
  const sourceSize = { width, height };
  const content = placeContent(sourceSize, inputSize, pixel);
  const isStretched = inputSize.resize?.kind === 'stretch';
  return {
    told: { sourceSize, content },
    centred: isStretched ? content : letterbox(sourceSize, inputSize, pixel),
    shape: shapeOf(geometry),
    mark,
    before: { mark: geometry.mark, untilMs: ptsMs },
  };
}

function shapeOf({ width, height, pixel }: SourceGeometry): number {
  return (width * pixel.numerator) / (height * pixel.denominator);
}

function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
