// Polygons of a picture, 0..1 -> the pixels of a picture of any size that they cover, and those painted black. Pure.

import type { Rect, Size } from './frame.js';

/** Corners from the top left corner (0, 0) to the bottom right (1, 1) of the picture, of a polygon without crossings. */
export type Polygon = readonly (readonly [x: number, y: number])[];

export interface Masks {
  /** Painted black before a picture leaves the process that has read it; nothing moves in them either. */
  readonly privacy: readonly Polygon[];
  /** Nothing that moves in them counts as motion. */
  readonly motion: readonly Polygon[];
}

/** How far around its middle a pixel reaches, in pixels both ways. */
interface Reach {
  readonly x: number;
  readonly y: number;
}

/** A scaler takes as much of what lies beside a pixel into it, in pixels of the coarser of the two pictures: colour is coarser by two. */
const SCALER_PIXELS = 2;

/**
 * @param reach a pixel is covered where a polygon comes so near to its middle
 * @returns (height, width), 1 where covered
 */
export function coveredPixels(polygons: readonly Polygon[], size: Size, reach: Reach): Uint8Array {
  const covered = new Uint8Array(size.width * size.height);
  for (const relative of polygons) {
    const polygon = relative.map(([x, y]) => [x * size.width, y * size.height] as const);
    coverMiddles(covered, polygon, size);
    // What is not inside with its middle is covered only where an edge passes through it.
    for (const [i, from] of polygon.entries())
      coverEdge(covered, [from, polygon[(i + 1) % polygon.length]!], size, reach);
  }
  return covered;
}

function coverMiddles(covered: Uint8Array, polygon: Polygon, { width, height }: Size): void {
  for (let row = 0; row < height; row++) {
    const y = row + 0.5;
    const meets = polygon
      .flatMap(([x1, y1], i) => {
        const [x2, y2] = polygon[(i + 1) % polygon.length]!;
        return y1 > y === y2 > y ? [] : [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)];
      })
      .sort((one, other) => one - other);
    for (let i = 0; i + 1 < meets.length; i += 2)
      fill(covered, { row, width, from: meets[i]! - 0.5, to: meets[i + 1]! - 0.5 });
  }
}

function coverEdge(covered: Uint8Array, [a, b]: Polygon, { width, height }: Size, reach: Reach): void {
  const [upper, lower] = a![1] <= b![1] ? [a!, b!] : [b!, a!];
  const first = Math.max(0, Math.ceil(upper[1] - reach.y - 0.5));
  const last = Math.min(height - 1, Math.floor(lower[1] + reach.y - 0.5));
  const xAt = (y: number) =>
    upper[0] + (lower[1] === upper[1] ? 0 : ((y - upper[1]) / (lower[1] - upper[1])) * (lower[0] - upper[0]));
  for (let row = first; row <= last; row++) {
    const top = xAt(Math.max(upper[1], row + 0.5 - reach.y));
    const bottom = lower[1] === upper[1] ? lower[0] : xAt(Math.min(lower[1], row + 0.5 + reach.y));
    const from = Math.min(top, bottom) - reach.x - 0.5;
    fill(covered, { row, width, from, to: Math.max(top, bottom) + reach.x - 0.5 });
  }
}

/** Whole pixels from `from` to `to`, ends included. */
function fill(covered: Uint8Array, on: { row: number; width: number; from: number; to: number }): void {
  const first = Math.max(0, Math.ceil(on.from));
  const last = Math.min(on.width - 1, Math.floor(on.to));
  if (first <= last) covered.fill(1, on.row * on.width + first, on.row * on.width + last + 1);
}

/** Polygons of a picture as those of a window of it, beyond whose edges they may reach. */
export function polygonsIn(polygons: readonly Polygon[], window: Rect, picture: Size): Polygon[] {
  return polygons.map((polygon) =>
    polygon.map(
      ([x, y]) =>
        [
          (x * picture.width - window.x) / window.width,
          (y * picture.height - window.y) / window.height,
        ] as const,
    ),
  );
}

interface Layout {
  /** Bytes of a row, what stands beside the picture included. */
  readonly stride: number;
  readonly content: Rect;
}

/** The rows of a picture are made once for each size: a frame costs no more than the filling of them. */
export class PrivacyPaint {
  readonly #polygons: readonly Polygon[];
  #key = '';
  /** Row, first and end of each run of covered pixels. */
  #runs: Uint32Array = new Uint32Array();

  constructor(polygons: readonly Polygon[]) {
    this.#polygons = polygons;
  }

  /**
   * Covers also what a scaler has spread of the covered pixels, some two pixels around them.
   *
   * @param planes of one picture, painted in place
   * @param sourceSize of the picture before it was scaled
   * @param black as the planes have it
   */
  paint(planes: readonly Uint8Array[], { stride, content }: Layout, sourceSize: Size, black = 0): void {
    if (this.#polygons.length === 0) return;
    const runs = this.#runsOf(content, sourceSize);
    for (const plane of planes)
      for (let i = 0; i < runs.length; i += 3) {
        const row = (content.y + runs[i]!) * stride + content.x;
        plane.fill(black, row + runs[i + 1]!, row + runs[i + 2]!);
      }
  }

  #runsOf({ width, height }: Size, source: Size): Uint32Array {
    const key = `${width}x${height} of ${source.width}x${source.height}`;
    if (key === this.#key) return this.#runs;
    const reach = {
      x: SCALER_PIXELS * Math.max(1, width / source.width),
      y: SCALER_PIXELS * Math.max(1, height / source.height),
    };
    this.#runs = runsOf(coveredPixels(this.#polygons, { width, height }, reach), width);
    this.#key = key;
    return this.#runs;
  }
}

function runsOf(covered: Uint8Array, width: number): Uint32Array {
  const runs: number[] = [];
  for (let start = 0; start < covered.length; start += width) {
    const row = covered.subarray(start, start + width);
    for (let from = row.indexOf(1); from >= 0; ) {
      const end = row.indexOf(0, from);
      const to = end < 0 ? width : end;
      runs.push(start / width, from, to);
      from = row.indexOf(1, to);
    }
  }
  return Uint32Array.from(runs);
}
