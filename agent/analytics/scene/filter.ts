// A track in its frame -> where it stands in the picture, and whether a zone or line cares about it. Pure.

import type { Box } from '../../../models/detection.js';
import type { Size } from '../../../pipelines/frame.js';
import type { Track } from '../tracking/track.js';
import type { Point } from './polygons.js';

/** The middle of that edge of the box, or of the box. */
export const anchors = ['bottom', 'centre', 'top'] as const;
export type Anchor = (typeof anchors)[number];

/** What zones and lines have in common. */
export interface ObjectFilter {
  /** Default all. */
  readonly labels?: readonly string[] | undefined;
  /** Which the best score of the object so far must reach. */
  readonly minScore: number;
  /** Share of the picture, 0..1. */
  readonly minArea: number;
  readonly maxArea: number;
  readonly anchor: Anchor;
}

/** An object in a frame that has a detection of it. */
export interface Observation {
  readonly label: string;
  readonly bestScore: number;
  /** Share of the picture, 0..1. */
  readonly area: number;
  /** Side of the square as large as its box, source pixels: a measure that walking legs and turning cars change little. */
  readonly extent: number;
  readonly relativeAnchors: Readonly<Record<Anchor, Point>>;
  readonly sourceSize: Size;
}

export function observe(track: Track, sourceSize: Size): Observation {
  const { width, height } = sourceSize;
  const [x1, y1, x2, y2] = track.sourceBox;
  const area = Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
  return {
    label: track.label,
    bestScore: track.bestScore,
    area: area / (width * height),
    extent: Math.sqrt(area),
    relativeAnchors: relativeAnchors(track.sourceBox, sourceSize),
    sourceSize,
  };
}

/** In 0..1 of the picture. */
export function relativeAnchors(
  [x1, y1, x2, y2]: Box,
  { width, height }: Size,
): Readonly<Record<Anchor, Point>> {
  // Boxes may reach over the edge of the picture, and zones cannot.
  const at = (x: number, y: number): Point => [toUnit(x / width), toUnit(y / height)];
  const x = (x1 + x2) / 2;
  return { bottom: at(x, y2), centre: at(x, (y1 + y2) / 2), top: at(x, y1) };
}

export function hasLabel({ labels }: ObjectFilter, { label }: Observation): boolean {
  return labels?.includes(label) ?? true;
}

export function fits(filter: ObjectFilter, observation: Observation): boolean {
  const { bestScore, area } = observation;
  return (
    hasLabel(filter, observation) &&
    bestScore >= filter.minScore &&
    area >= filter.minArea &&
    area <= filter.maxArea
  );
}

/** Relative coordinates -> source pixels. */
export function toPixels([x, y]: Point, { width, height }: Size): Point {
  return [x * width, y * height];
}

function toUnit(value: number): number {
  return Math.max(0, Math.min(1, value));
}
