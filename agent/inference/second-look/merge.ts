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

/** Boxes of two looks that overlap more (IoU), or of which more of the smaller lies in the other, are of one object. */
const SAME_IOU = 0.45;
const SAME_PART = 0.7;
/** A box that comes so near to the edge of its window, in parts of that, may be of a part of an object. */
const EDGE = 0.01;

/**
 * Better boxes first: one of another look that is of the same object goes. What one look has left apart is left apart.
 *
 * @param whole in source pixels, best score first
 * @returns best score first; what only a window showed is marked
 */
export function mergeLooks(
  whole: readonly Detection[],
  windows: readonly WindowBoxes[],
  picture: Size,
): Detection[] {
  const all = [
    ...whole.map((detection) => ({ detection, look: 0 })),
    ...windows.flatMap(({ window, sourceDetections }, index) =>
      sourceDetections
        .filter(({ box }) => !isCut(box, window, picture))
        .map((detection) => ({ detection: { ...detection, look: 'second' as const }, look: index + 1 })),
    ),
  ].sort((a, b) => b.detection.score - a.detection.score);
  const kept: typeof all = [];
  for (const one of all)
    if (!kept.some((better) => better.look !== one.look && isSame(better.detection, one.detection)))
      kept.push(one);
  return kept.map(({ detection }) => detection);
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

function isSame(a: Detection, b: Detection): boolean {
  if (familyOf(a.label) !== familyOf(b.label)) return false;
  return iou(a.box, b.box) > SAME_IOU || sharedPart(a.box, b.box) > SAME_PART;
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
