// A picture as planes of I420 -> the same with privacy masks and drawings painted on it, and parts of it. Pure.

import type { Rect, Size } from '../../frame.js';
import { type Polygon, PrivacyPaint } from '../../masks.js';
import type { Drawing } from '../requests.js';

export interface Plane {
  readonly bytes: Buffer;
  readonly stride: number;
  /** Pixels of the picture for one of the plane, both ways. */
  readonly coarser: 1 | 2;
}

/** In the colours of JPEG. */
const BLACK = { luma: 0, chroma: 128 };

const even = (length: number) => 2 * Math.ceil(length / 2);
const padded = (length: number) => 4 * Math.ceil(length / 4);

/**
 * Y, U and V in memory as GStreamer lays them out by default (gst_video_info_set_format): rows padded to four bytes.
 *
 * @returns nothing where the bytes are not those of such a picture
 */
export function i420Planes(bytes: Buffer, size: Size): readonly Plane[] | undefined {
  const { stride, coarseStride, u, v, end } = layout(size);
  if (bytes.length !== end) return undefined;
  return [
    { bytes: bytes.subarray(0, u), stride, coarser: 1 },
    { bytes: bytes.subarray(u, v), stride: coarseStride, coarser: 2 },
    { bytes: bytes.subarray(v, end), stride: coarseStride, coarser: 2 },
  ];
}

/** @param part within the picture, from even pixels on */
export function cutOut(planes: readonly Plane[], part: Rect): Buffer {
  const cut = Buffer.allocUnsafe(layout(part).end);
  eachRow(planes, part, cut, (picture, at, own, ownAt, count) => picture.copy(own, ownAt, at, at + count));
  return cut;
}

/** The opposite of `cutOut`. */
function putBack(planes: readonly Plane[], part: Rect, cut: Buffer): void {
  eachRow(planes, part, cut, (picture, at, own, ownAt, count) => own.copy(picture, at, ownAt, ownAt + count));
}

/** Rows of a part: where they are in the planes of the whole, and where in its own. */
function eachRow(
  planes: readonly Plane[],
  part: Rect,
  cut: Buffer,
  act: (picture: Buffer, at: number, own: Buffer, ownAt: number, count: number) => void,
): void {
  for (const [i, own] of i420Planes(cut, part)!.entries()) {
    const { bytes, stride, coarser } = planes[i]!;
    const count = Math.ceil(part.width / coarser);
    const first = (part.y / coarser) * stride + part.x / coarser;
    for (let row = 0; row < Math.ceil(part.height / coarser); row++)
      act(bytes, first + row * stride, own.bytes, row * own.stride, count);
  }
}

/** Bytes of a row, and where the planes of colour begin and end. */
function layout({ width, height }: Size) {
  const stride = padded(width);
  const coarseStride = padded(even(width) / 2);
  const u = stride * even(height);
  const v = u + (coarseStride * even(height)) / 2;
  return { stride, coarseStride, u, v, end: v + (coarseStride * even(height)) / 2 };
}

/** As `PrivacyPaint`, of which there is one for luma and one for the coarser grid of colour. */
export class I420Privacy {
  readonly #luma: PrivacyPaint;
  readonly #chroma: PrivacyPaint;

  constructor(polygons: readonly Polygon[]) {
    this.#luma = new PrivacyPaint(polygons);
    this.#chroma = new PrivacyPaint(polygons);
  }

  paint([y, ...chroma]: readonly Plane[], size: Size): void {
    const content = { x: 0, y: 0, ...size };
    const coarse = { x: 0, y: 0, width: even(size.width) / 2, height: even(size.height) / 2 };
    this.#luma.paint([y!.bytes], { stride: y!.stride, content }, size, BLACK.luma);
    for (const plane of chroma)
      this.#chroma.paint([plane.bytes], { stride: plane.stride, content: coarse }, size, BLACK.chroma);
  }
}

/** Parts that lie outside of the picture are left out. @returns takes all of it back */
export function draw(planes: readonly Plane[], size: Size, drawings: readonly Drawing[]): () => void {
  const undo: (() => void)[] = [];
  for (const drawing of drawings) {
    const part = onGrid(drawing.rect, size);
    if (part.width <= 0 || part.height <= 0) continue;
    const before = cutOut(planes, part);
    undo.push(() => putBack(planes, part, before));
    if (drawing.kind === 'outline') drawOutline(planes, size, drawing);
    else drawTile(planes, size, drawing);
  }
  return () => {
    for (const one of undo.toReversed()) one();
  };
}

function drawOutline(
  [y, u, v]: readonly Plane[],
  size: Size,
  { rect, thickness, colour }: Drawing & { kind: 'outline' },
): void {
  const right = rect.x + rect.width;
  const bottom = rect.y + rect.height;
  const sides = [
    { ...rect, height: thickness },
    { ...rect, y: bottom - thickness, height: thickness },
    { ...rect, width: thickness },
    { ...rect, x: right - thickness, width: thickness },
  ];
  for (const side of sides) {
    fill(y!, size, side, colour.y);
    fill(u!, size, side, colour.u);
    fill(v!, size, side, colour.v);
  }
}

function drawTile(
  [y, u, v]: readonly Plane[],
  size: Size,
  { rect, luma, colour }: Drawing & { kind: 'tile' },
): void {
  const { x, y: top, width, height } = clipped(rect, size);
  const pixels = Buffer.from(luma, 'base64');
  for (let row = 0; row < height; row++) {
    const from = (top - rect.y + row) * rect.width + (x - rect.x);
    pixels.copy(y!.bytes, (top + row) * y!.stride + x, from, from + width);
  }
  fill(u!, size, rect, colour.u);
  fill(v!, size, rect, colour.v);
}

function fill({ bytes, stride, coarser }: Plane, size: Size, rect: Rect, value: number): void {
  const { x, y, width, height } = clipped(rect, size);
  if (width <= 0 || height <= 0) return;
  const first = Math.floor(x / coarser);
  const end = Math.ceil((x + width) / coarser);
  for (let row = Math.floor(y / coarser); row < Math.ceil((y + height) / coarser); row++)
    bytes.fill(value, row * stride + first, row * stride + end);
}

function clipped({ x, y, width, height }: Rect, size: Size): Rect {
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  return {
    x: left,
    y: top,
    width: Math.min(size.width, x + width) - left,
    height: Math.min(size.height, y + height) - top,
  };
}

/** What there is of it in the picture, with all of the pixels that share a point of colour at its left and top edge. */
export function onGrid(rect: Rect, size: Size): Rect {
  const { x, y, width, height } = clipped(rect, size);
  return { x: x - (x % 2), y: y - (y % 2), width: width + (x % 2), height: height + (y % 2) };
}
