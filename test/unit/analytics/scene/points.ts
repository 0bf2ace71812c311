// '0,0 1,0.5' -> points, so that tables of them stay readable.

import type { Point } from '../../../../agent/analytics/scene/polygons.js';

export function points(text: string): Point[] {
  return text.split(' ').map((pair): Point => {
    const [x, y] = pair.split(',').map(Number);
    return [x!, y!];
  });
}
