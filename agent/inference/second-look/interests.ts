// What was found and followed in a frame, and what moved -> where a second look may show more. Pure.

import type { Box } from '../../../models/detection.js';
import type { Frame, Size } from '../../../pipelines/frame.js';
import { sharedPart } from './same-object.js';

export interface Seen {
  readonly sourceDetections: readonly { readonly box: Box }[];
  /** Those hidden for a moment included. */
  readonly tracks: readonly { readonly sourceBox: Box }[];
}

/** Part of the picture's height below which an object is so small in the whole picture that it is easily missed. */
const SMALL = 0.1;
/** Larger things that move would have been found, if they were of the network's labels. */
const LARGEST_MOVED = 0.3;
/** What moves is an object that was found where they have so much of the smaller in common. */
const EXPLAINED = 0.3;

/** @returns in source pixels */
export function interestsIn(
  { sourceSize, moved = [] }: Pick<Frame, 'sourceSize' | 'moved'>,
  { sourceDetections, tracks }: Seen,
): Box[] {
  const known = [...sourceDetections.map(({ box }) => box), ...tracks.map(({ sourceBox }) => sourceBox)];
  const small = known.filter(([, y1, , y2]) => y2 - y1 < SMALL * sourceSize.height);
  const unexplained = moved
    .filter(([x1, y1, x2, y2]) => Math.max(x2 - x1, y2 - y1) < LARGEST_MOVED)
    .map((part) => inPixels(part, sourceSize))
    .filter((box) => !known.some((one) => sharedPart(one, box) > EXPLAINED));
  return [...small, ...unexplained];
}

function inPixels([x1, y1, x2, y2]: Box, { width, height }: Size): Box {
  return [x1 * width, y1 * height, x2 * width, y2 * height];
}
