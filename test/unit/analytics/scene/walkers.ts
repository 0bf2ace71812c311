// A seed -> somebody who walks, turns round and stands about near a line, and how often the line is crossed.

import type { Direction } from '../../../../agent/analytics/scene/events.js';
import { distance, type Point } from '../../../../agent/analytics/scene/polygons.js';
import type { Track } from '../../../../agent/analytics/tracking/track.js';
import { SOURCE } from './frames.js';

/** To the right, so that `in` is down. */
export const GATE = '0.2,0.5 0.8,0.5';

export interface Noise {
  /** Standard deviation of each edge of a box, in parts of its width or height. */
  readonly jitter: number;
  /** Part of the frames that have no detection of it. */
  readonly missed: number;
}

export interface Walk {
  readonly frames: readonly { readonly atMs: number; readonly track: Track }[];
  readonly crossed: readonly Direction[];
}

/** @param next uniform from 0 to 1 */
export function walk(id: number, next: () => number, noise: Noise): Walk {
  const { places, crossed } = route(next);
  const height = 40 + 120 * next();
  const box = { width: 0.4 * height, height };
  const frames: { atMs: number; track: Track }[] = [];
  let [atMs, lastSeenMs] = [0, 0];
  for (const [x, y] of steps(places, next)) {
    // 8 to 25 frames a second, uneven.
    atMs += 40 + 85 * next();
    const seen = frames.length === 0 || next() >= noise.missed;
    if (seen) lastSeenMs = atMs;
    const off = (size: number) => noise.jitter * size * normal(next);
    const [left, bottom] = [x * SOURCE.width - box.width / 2, y * SOURCE.height];
    const track: Track = {
      id,
      label: 'person',
      score: 0.8,
      bestScore: 0.8,
      sourceBox: [
        left + off(box.width),
        bottom - height + off(height),
        left + box.width + off(box.width),
        bottom + off(height),
      ],
      seen,
      firstSeenMs: frames[0]?.atMs ?? atMs,
      lastSeenMs,
    };
    frames.push({ atMs, track });
  }
  return { frames, crossed };
}

/** From place to place; each is well off the line, on it for a while, or the last one close behind it. */
function route(next: () => number): { places: Point[]; crossed: Direction[] } {
  const side = (isBelow: boolean, isLast = false): Point => {
    const off = isLast && next() < 0.2 ? 0.03 : 0.15 + 0.25 * next();
    return [0.25 + 0.5 * next(), isBelow ? 0.5 + off : 0.5 - off];
  };
  let isBelow = next() < 0.5;
  const places = [side(isBelow)];
  const crossed: Direction[] = [];
  for (let i = Math.floor(1 + 4 * next()); i > 0; i--) {
    const choice = next();
    if (choice < 0.3) {
      const spot: Point = [0.25 + 0.5 * next(), 0.5];
      places.push(
        ...Array.from({ length: 1 + Math.floor(10 * next()) }, (): Point => [spot[0] + 0.01 * next(), 0.5]),
      );
    } else if (choice < 0.45) {
      // Round the end of the line, which is no crossing.
      const x = next() < 0.5 ? 0.05 : 0.95;
      places.push([x, isBelow ? 0.7 : 0.3], [x, isBelow ? 0.3 : 0.7]);
      isBelow = !isBelow;
      places.push(side(isBelow));
    }
    const wasBelow = isBelow;
    isBelow = next() < 0.7 ? !isBelow : isBelow;
    places.push(side(isBelow, i === 1));
    const direction = isBelow ? 'in' : 'out';
    // After one way only the way back counts, see line.ts.
    if (wasBelow !== isBelow && crossed.at(-1) !== direction) crossed.push(direction);
  }
  return { places, crossed };
}

/** A hundredth of the picture's width, or less, from one to the next. */
function* steps(places: readonly Point[], next: () => number): Generator<Point> {
  yield places[0]!;
  for (const [i, to] of places.slice(1).entries()) {
    const from = places[i]!;
    const count = Math.ceil(distance(from, to) / (0.005 + 0.02 * next())) + 1;
    for (let k = 1; k <= count; k++) {
      yield [from[0] + ((to[0] - from[0]) * k) / count, from[1] + ((to[1] - from[1]) * k) / count];
    }
  }
}

/** Mean 0, standard deviation 1 (Box and Muller). */
function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
