// What the whole picture showed, and what windows of it did -> one box for each object. Pure.

import { area, iou } from '../../../models/decode/boxes.js';
import { VEHICLES } from '../../../models/decode/one-label.js';
import type { Box, Detection } from '../../../models/detection.js';
import type { Rect, Size } from '../../../pipelines/frame.js';

/** What the detector found in a window, in source pixels. */
export interface WindowBoxes {
  readonly window: Rect;
  readonly sourceDetections: readonly Detection[];
}

/** What a second look at a frame has shown. */
export interface SecondLook {
  readonly windows: readonly WindowBoxes[];
  /** Of all windows together. */
  readonly inferenceMs: number;
}

/** Boxes of two looks that overlap more (IoU) are of one object. */
const SAME_IOU = 0.45;
/**
 * So are two of which so much of the smaller lies in the other, also of one window: of a person who is small, parts are found
 * that its own suppression leaves. What overlaps less is somebody farther away, in front of or behind a large one.
 */
const PART_IOU = 0.3;
const PART = 0.7;
/** Of a box of the whole picture, in which what is small has a loose box, or one for several, where a window shows better. */
const LOOSE_IOU = 0.1;
const LOOSE_PART = 0.5;
/** A box that comes so near to the edge of its window, in parts of that, may be of a part of an object. */
const EDGE = 0.01;

interface Sighting {
  readonly detection: Detection;
  readonly window: Rect;
}

/**
 * What windows show stands, as everything is larger in them. What the whole picture has found as well is surer for it; of what
 * reaches out of all windows, and the parts that windows took for objects, the surer stays.
 *
 * @param whole in source pixels, best score first; left apart where no window shows it, as in frames without a second look
 * @returns best score first; marked where a window was surer than the whole picture
 */
export function mergeLooks(
  whole: readonly Detection[],
  windows: readonly WindowBoxes[],
  picture: Size,
): Detection[] {
  let objects = objectsIn(windows, picture);
  const left: Detection[] = [];
  for (const one of whole) {
    const isShown = windows.some(({ window }) => !isCut(one.box, window, picture));
    const nearest = objects
      .filter((object) => isSeenBetter(one, object, isShown))
      .toSorted((a, b) => iou(b.box, one.box) - iou(a.box, one.box))[0];
    if (nearest === undefined) {
      const parts = objects.filter((object) => !isShown && isPartOf(object, one));
      if (parts.some(({ score }) => score >= one.score)) continue;
      objects = objects.filter((object) => !parts.includes(object));
      left.push(one);
    } else if (one.score > nearest.score) {
      objects[objects.indexOf(nearest)] = { ...one, box: nearest.box };
    }
  }
  return [...objects, ...left].sort((a, b) => b.score - a.score);
}

/** Of all windows, one for each object: the surest. */
function objectsIn(windows: readonly WindowBoxes[], picture: Size): Detection[] {
  const all = windows
    .flatMap(({ window, sourceDetections }) =>
      sourceDetections
        .filter(({ box }) => !isCut(box, window, picture))
        .map((detection): Sighting => ({ detection: { ...detection, look: 'second' }, window })),
    )
    .sort((a, b) => b.detection.score - a.detection.score);
  const objects: [Sighting, ...Sighting[]][] = [];
  for (const one of all) {
    const known = objects.find(([surest]) => isSame(surest, one, picture));
    if (known === undefined) objects.push([one]);
    else if (overlapsAs(known[0].detection, one.detection)) known.push(one);
  }
  return objects.map((sightings) => ({ ...sightings[0].detection, box: placeOf(sightings) }));
}

function isSame(a: Sighting, b: Sighting, picture: Size): boolean {
  if (isHalfOf(a.detection, b.detection)) return true;
  if (a.window === b.window) return false;
  if (overlapsAs(a.detection, b.detection)) return true;
  // Of what reaches out of a window, only a part can have been found in it.
  const isOutside = isCut(a.detection.box, b.window, picture) || isCut(b.detection.box, a.window, picture);
  return isOutside && shares(a.detection, b.detection, 0, PART);
}

/** @param isShown all of `one` lies in a window */
function isSeenBetter(one: Detection, object: Detection, isShown: boolean): boolean {
  if (overlapsAs(one, object)) return true;
  return isShown && (isHalfOf(one, object) || shares(one, object, LOOSE_IOU, LOOSE_PART));
}

function isPartOf(object: Detection, one: Detection): boolean {
  return area(object.box) < area(one.box) && shares(object, one, 0, PART);
}

function overlapsAs(a: Detection, b: Detection): boolean {
  return shares(a, b, SAME_IOU, 0);
}

function isHalfOf(a: Detection, b: Detection): boolean {
  return shares(a, b, PART_IOU, PART);
}

/** @param least IoU, and what they share of the smaller */
function shares(a: Detection, b: Detection, leastIou: number, leastPart: number): boolean {
  return (
    familyOf(a.label) === familyOf(b.label) &&
    iou(a.box, b.box) > leastIou &&
    sharedPart(a.box, b.box) > leastPart
  );
}

/** Each window errs on its own: the mean, weighted by scores. */
function placeOf(sightings: readonly [Sighting, ...Sighting[]]): Box {
  if (sightings.length === 1) return sightings[0].detection.box;
  const sum = sightings.reduce((total, { detection }) => total + detection.score, 0);
  const mean = (side: 0 | 1 | 2 | 3) =>
    sightings.reduce((total, { detection: { score, box } }) => total + (score / sum) * box[side], 0);
  return [mean(0), mean(1), mean(2), mean(3)];
}

/** At an edge of the picture itself nothing of an object is missing. */
function isCut([x1, y1, x2, y2]: Box, { x, y, width, height }: Rect, picture: Size): boolean {
  const [right, down] = [EDGE * width, EDGE * height];
  return (
    (x > 0 && x1 < x + right) ||
    (y > 0 && y1 < y + down) ||
    (x + width < picture.width && x2 > x + width - right) ||
    (y + height < picture.height && y2 > y + height - down)
  );
}

/** What is car from afar may be a van from near. */
function familyOf(label: string): string {
  return VEHICLES.includes(label) ? 'vehicle' : label;
}

/** Of the smaller of both, 0..1. */
export function sharedPart(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / Math.max(1e-9, Math.min(area(a), area(b)));
}
