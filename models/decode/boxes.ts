// Boxes: overlap, and the way from input pixels back to the source picture.

import type { Box } from '../detection.js';

/** @param margin by which it is grown on each side */
export function area(box: Box, margin = 0): number {
  return Math.max(0, box[2] - box[0] + 2 * margin) * Math.max(0, box[3] - box[1] + 2 * margin);
}

/**
 * Intersection over union, 0..1.
 *
 * @param margin by which both are grown on each side
 */
export function iou(a: Box, b: Box, margin = 0): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]) + 2 * margin;
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]) + 2 * margin;
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  return intersection / (area(a, margin) + area(b, margin) - intersection);
}

/** Darknet's box_diounms: IoU - (squared centre distance / squared diagonal of the hull) ** beta. */
export function diou(a: Box, b: Box, beta: number): number {
  const hullWidth = Math.max(a[2], b[2]) - Math.min(a[0], b[0]);
  const hullHeight = Math.max(a[3], b[3]) - Math.min(a[1], b[1]);
  const diagonal = hullWidth * hullWidth + hullHeight * hullHeight;
  if (diagonal === 0) return iou(a, b);
  const dx = (a[0] + a[2] - b[0] - b[2]) / 2;
  const dy = (a[1] + a[3] - b[1] - b[3]) / 2;
  return iou(a, b) - ((dx * dx + dy * dy) / diagonal) ** beta;
}

interface Placement {
  readonly content: { x: number; y: number; width: number; height: number };
  readonly sourceSize: { width: number; height: number };
}

/** Input pixels -> source pixels, cut at the picture's edges. */
export function toSource(inputBox: Box, { content, sourceSize }: Placement): Box {
  const scaleX = sourceSize.width / content.width;
  const scaleY = sourceSize.height / content.height;
  const x = (value: number) => Math.min(sourceSize.width, Math.max(0, (value - content.x) * scaleX));
  const y = (value: number) => Math.min(sourceSize.height, Math.max(0, (value - content.y) * scaleY));
  return [x(inputBox[0]), y(inputBox[1]), x(inputBox[2]), y(inputBox[3])];
}
