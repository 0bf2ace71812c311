// What windows of a picture show -> one box for each object, its score the surest. Pure.

import { iou } from '../../../models/decode/boxes.js';
import type { Box, Detection } from '../../../models/detection.js';
import type { Rect, Size } from '../../../pipelines/frame.js';
import { isHalfOf, overlapsAs, PART, shares } from './same-object.js';

/** What the detector found in a window, in source pixels. */
export interface WindowBoxes {
  readonly window: Rect;
  readonly sourceDetections: readonly Detection[];
}

/**
 * A box that comes so near to an inner edge of its window, in parts of the window or of its own side, may be of a part of an
 * object: the larger it is, the less exactly it ends where the picture does.
 */
const EDGE = { window: 0.01, side: 0.1 };
/** Of two windows' boxes, each the one that fits the other best: what one window takes for two it shows as two. */
const COUNTERPART_IOU = 0.3;

interface Sighting {
  readonly detection: Detection;
  readonly window: Rect;
}

export function objectsIn(windows: readonly WindowBoxes[], picture: Size): Detection[] {
  const all = windows
    .flatMap(({ window, sourceDetections }) =>
      sourceDetections
        .filter(({ box }) => !isCut(box, window, picture))
        .map((detection): Sighting => ({ detection: { ...detection, look: 'second' }, window })),
    )
    .sort((a, b) => b.detection.score - a.detection.score);
  const objects: [Sighting, ...Sighting[]][] = [];
  for (const one of all) {
    const known = objects
      .filter(([surest]) => isSame(surest, one, all, picture))
      .toSorted(([a], [b]) => overlap(b, one) - overlap(a, one))[0];
    if (known === undefined) objects.push([one]);
    else if (overlapsAs(known[0].detection, one.detection)) known.push(one);
  }
  return objects.map((sightings) => ({ ...sightings[0].detection, box: placeOf(sightings) }));
}

/** At an edge of the picture itself nothing of an object is missing. */
export function isCut([x1, y1, x2, y2]: Box, { x, y, width, height }: Rect, picture: Size): boolean {
  const right = Math.max(EDGE.window * width, EDGE.side * (x2 - x1));
  const down = Math.max(EDGE.window * height, EDGE.side * (y2 - y1));
  return (
    (x > 0 && x1 < x + right) ||
    (y > 0 && y1 < y + down) ||
    (x + width < picture.width && x2 > x + width - right) ||
    (y + height < picture.height && y2 > y + height - down)
  );
}

function isSame(a: Sighting, b: Sighting, all: readonly Sighting[], picture: Size): boolean {
  if (isHalfOf(a.detection, b.detection)) return true;
  if (a.window === b.window) return false;
  if (overlapsAs(a.detection, b.detection)) return true;
  if (areCounterparts(a, b, all)) return true;
  // Of what reaches out of a window, only a part can have been found in it.
  const isOutside = isCut(a.detection.box, b.window, picture) || isCut(b.detection.box, a.window, picture);
  return isOutside && shares(a.detection, b.detection, { part: PART });
}

function areCounterparts(a: Sighting, b: Sighting, all: readonly Sighting[]): boolean {
  if (!shares(a.detection, b.detection, { iou: COUNTERPART_IOU })) return false;
  const least = overlap(a, b);
  return !all.some(
    (other) =>
      (other.window === a.window && overlap(other, b) > least) ||
      (other.window === b.window && overlap(other, a) > least),
  );
}

function overlap(a: Sighting, b: Sighting): number {
  return iou(a.detection.box, b.detection.box);
}

/** Each window errs on its own: the mean, weighted by scores. */
function placeOf(sightings: readonly [Sighting, ...Sighting[]]): Box {
  if (sightings.length === 1) return sightings[0].detection.box;
  const sum = sightings.reduce((total, { detection }) => total + detection.score, 0);
  const mean = (side: 0 | 1 | 2 | 3) =>
    sightings.reduce((total, { detection: { score, box } }) => total + (score / sum) * box[side], 0);
  return [mean(0), mean(1), mean(2), mean(3)];
}
