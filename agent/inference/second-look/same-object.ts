// Two boxes -> whether they may be of one object. Pure.

import { area, iou } from '../../../models/decode/boxes.js';
import { VEHICLES } from '../../../models/decode/one-label.js';
import type { Box, Detection } from '../../../models/detection.js';

/** Boxes that overlap more (IoU) are of one object, whoever shows them. */
const SAME_IOU = 0.45;
/**
 * So are two of which so much of the smaller lies in the other, also of one window: of a person who is small, parts are found
 * that its own suppression leaves. What overlaps less is somebody farther away, in front of or behind a large one.
 */
const PART_IOU = 0.3;
/** Of the smaller box, from which on it may be of a part of the other's object. */
export const PART = 0.7;

export interface Least {
  readonly iou?: number;
  /** Of the smaller, what both share. */
  readonly part?: number;
}

export function shares(a: Detection, b: Detection, least: Least): boolean {
  return (
    familyOf(a.label) === familyOf(b.label) &&
    iou(a.box, b.box) > (least.iou ?? 0) &&
    sharedPart(a.box, b.box) > (least.part ?? 0)
  );
}

export function overlapsAs(a: Detection, b: Detection): boolean {
  return shares(a, b, { iou: SAME_IOU });
}

export function isHalfOf(a: Detection, b: Detection): boolean {
  return shares(a, b, { iou: PART_IOU, part: PART });
}

/** The family of all vehicles. */
export const VEHICLE = 'vehicle';

/** What is car from afar may be a van from near. */
export function familyOf(label: string): string {
  return VEHICLES.includes(label) ? VEHICLE : label;
}

/** Of the smaller of both, 0..1. */
export function sharedPart(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / Math.max(1e-9, Math.min(area(a), area(b)));
}
