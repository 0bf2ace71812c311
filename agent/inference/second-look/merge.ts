// What the whole picture showed, and what windows of it did -> one box for each object. Pure.

import { area, iou } from '../../../models/decode/boxes.js';
import type { Detection } from '../../../models/detection.js';
import type { Size } from '../../../pipelines/frame.js';
import { familyOf, isHalfOf, overlapsAs, PART, shares, VEHICLE } from './same-object.js';
import { suppressSoftly } from './soft-suppression.js';
import { isCut, objectsIn, type WindowBoxes } from './window-objects.js';

/** What a second look at a frame has shown. */
export interface SecondLook {
  readonly windows: readonly WindowBoxes[];
  /** Of all windows together. */
  readonly inferenceMs: number;
}

/** Of a box of the whole picture, in which what is small has a loose box, or one for several, where a window shows better. */
const LOOSE = { iou: 0.1, part: 0.5 };

/** Of two people, the one behind shows less of himself than the box of such a pair has. */
const HARDLY_TWO = { iou: 0.4, part: 0.8 };

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
  // What the whole picture alone shows is left as its own suppression has left it. Not so vehicles: there it leaves the wheel
  // of one that the edge cuts, or a box between two, where people do stand before one another.
  const isLeft = new Set(left);
  return suppressSoftly(
    [...objects, ...left],
    (a, b) => !isLeft.has(a) || !isLeft.has(b) || familyOf(a.label) === VEHICLE || shares(a, b, HARDLY_TWO),
  );
}

/** @param isShown all of `one` lies in a window */
function isSeenBetter(one: Detection, object: Detection, isShown: boolean): boolean {
  if (overlapsAs(one, object)) return true;
  return isShown && (isHalfOf(one, object) || shares(one, object, LOOSE));
}

function isPartOf(object: Detection, one: Detection): boolean {
  return area(object.box) < area(one.box) && shares(object, one, { part: PART });
}
