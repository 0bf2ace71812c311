// Polygons -> what lies in them, by clipping and by angles: other ways than those of the code.

import type { Size } from '../../pipelines/frame.js';
import type { Polygon } from '../../pipelines/masks.js';
import { random as randomFrom } from './small-networks.js';

type Place = readonly [x: number, y: number];

/** Around a middle, with corners near and far: dents, spikes, no crossings. */
export function starOf(corners: number, seed: number): Polygon {
  const random = randomFrom(seed);
  const middle = [0.3 + 0.4 * random(), 0.3 + 0.4 * random()] as const;
  return Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * (i + 0.8 * random())) / corners;
    const radius = 0.05 + 0.24 * random();
    return [middle[0] + radius * Math.cos(angle), middle[1] + radius * Math.sin(angle)] as const;
  });
}

/** Square pixels that a polygon and a rectangle have in common, by Sutherland and Hodgman. */
function commonArea(polygon: Polygon, [left, top, right, bottom]: readonly number[]): number {
  const sides: ((place: Place) => number)[] = [
    ([x]) => x - left!,
    ([x]) => right! - x,
    ([, y]) => y - top!,
    ([, y]) => bottom! - y,
  ];
  let rest: Place[] = [...polygon];
  for (const within of sides)
    rest = rest.flatMap((place, i) => {
      const before = rest.at(i - 1)!;
      const [a, b] = [within(before), within(place)];
      const meet: Place[] =
        a >= 0 === b >= 0
          ? []
          : [
              [
                before[0] + (a / (a - b)) * (place[0] - before[0]),
                before[1] + (a / (a - b)) * (place[1] - before[1]),
              ],
            ];
      return b >= 0 ? [...meet, place] : meet;
    });
  const doubled = rest.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = rest[(i + 1) % rest.length]!;
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(doubled) / 2;
}

/** Each pixel whose square of so many pixels around its middle has an area in common with one of the polygons. Areas of less are rounding. */
export function nearPixels(polygons: readonly Polygon[], { width, height }: Size, reach: number): Uint8Array {
  const scaled = polygons.map((polygon) => polygon.map(([x, y]) => [x * width, y * height] as const));
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    const square = [x - reach, y - reach, x + reach, y + reach];
    return Number(scaled.some((polygon) => commonArea(polygon, square) > 1e-11));
  });
}
