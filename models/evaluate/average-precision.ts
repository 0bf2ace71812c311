// Detections and truth boxes -> COCO average precision, by pycocotools' method (COCOeval, 101 recall points).

import { area } from '../decode/boxes.js';
import type { Box } from '../detection.js';

export interface Truth {
  readonly image: number;
  readonly box: Box;
  /** Pixels; COCO gives the mask's area, which decides small, medium or large. */
  readonly area: number;
  readonly crowd: boolean;
}

export interface Scored {
  readonly image: number;
  readonly box: Box;
  readonly score: number;
}

interface AreaRange {
  readonly min: number;
  readonly max: number;
}

export const AREA_RANGES = {
  all: { min: 0, max: 1e10 },
  small: { min: 0, max: 32 ** 2 },
  medium: { min: 32 ** 2, max: 96 ** 2 },
  large: { min: 96 ** 2, max: 1e10 },
} as const satisfies Record<string, AreaRange>;

/** 0.50 to 0.95 in steps of 0.05. */
export const IOU_THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, i) => (50 + 5 * i) / 100);

const MAX_DETECTIONS = 100;
// Multiplied as numpy.linspace does: 0.07 itself lies just below 7 * 0.01 and would count one more.
const recallPoints: readonly number[] = Array.from({ length: 101 }, (_, i) => i * 0.01);

interface Matched {
  readonly score: number;
  readonly hit: boolean;
}

/**
 * Average precision of one category at one IoU threshold.
 *
 * @returns 0..1, or undefined where there is no truth to find
 */
export function averagePrecision(
  truths: readonly Truth[],
  detections: readonly Scored[],
  range: AreaRange,
  iouThreshold: number,
): number | undefined {
  const ignored = (truth: Truth) => truth.crowd || truth.area < range.min || truth.area > range.max;
  const total = truths.filter((truth) => !ignored(truth)).length;
  if (total === 0) return undefined;
  const truthsOf = byImage(truths);
  const matched: Matched[] = [];
  for (const [image, found] of byImage(detections)) {
    // Truths that count come first: a detection prefers them, whatever the overlap.
    const candidates = [...(truthsOf.get(image) ?? [])].sort(
      (a, b) => Number(ignored(a)) - Number(ignored(b)),
    );
    matched.push(...matchImage(candidates, found, ignored, range, iouThreshold));
  }
  return interpolated(
    matched.sort((a, b) => b.score - a.score),
    total,
  );
}

/** COCOeval.evaluateImg: best score first, each detection takes the free truth it overlaps most. */
function matchImage(
  truths: readonly Truth[],
  detections: readonly Scored[],
  ignored: (truth: Truth) => boolean,
  range: AreaRange,
  iouThreshold: number,
): Matched[] {
  const taken = new Set<Truth>();
  const sorted = [...detections].sort((a, b) => b.score - a.score).slice(0, MAX_DETECTIONS);
  const matched: Matched[] = [];
  for (const detection of sorted) {
    let best: Truth | undefined;
    let bestOverlap = Math.min(iouThreshold, 1 - 1e-10);
    for (const truth of truths) {
      if (taken.has(truth) && !truth.crowd) continue;
      if (best && !ignored(best) && ignored(truth)) break;
      const overlap = cocoIou(detection.box, truth);
      if (overlap < bestOverlap) continue;
      bestOverlap = overlap;
      best = truth;
    }
    if (best) taken.add(best);
    const size = area(detection.box);
    const outside = !best && (size < range.min || size > range.max);
    if (outside || (best && ignored(best))) continue;
    matched.push({ score: detection.score, hit: best !== undefined });
  }
  return matched;
}

/** Mean of the best precision at or beyond each of 101 recall levels. */
function interpolated(matched: readonly Matched[], total: number): number {
  const recalls: number[] = [];
  const precisions: number[] = [];
  let hits = 0;
  matched.forEach(({ hit }, i) => {
    if (hit) hits++;
    recalls.push(hits / total);
    precisions.push(hits / (i + 1));
  });
  for (let i = precisions.length - 2; i >= 0; i--)
    precisions[i] = Math.max(precisions[i]!, precisions[i + 1]!);
  let sum = 0;
  let at = 0;
  for (const recall of recallPoints) {
    while (at < recalls.length && recalls[at]! < recall) at++;
    if (at < precisions.length) sum += precisions[at]!;
  }
  return sum / recallPoints.length;
}

/** For a crowd, the share of the detection that lies in it. */
function cocoIou(box: Box, truth: Truth): number {
  const width = Math.min(box[2], truth.box[2]) - Math.max(box[0], truth.box[0]);
  const height = Math.min(box[3], truth.box[3]) - Math.max(box[1], truth.box[1]);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (truth.crowd ? area(box) : area(box) + area(truth.box) - shared);
}

function byImage<T extends { readonly image: number }>(items: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(item.image);
    if (group) group.push(item);
    else groups.set(item.image, [item]);
  }
  return groups;
}
