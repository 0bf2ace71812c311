// COCO annotations + a detector's boxes -> AP, AP50, AP75, by size and by class.

import { z } from 'zod';
import { CspcamError } from '#common/errors.js';
import type { Detection } from '../detection.js';
import {
  AREA_RANGES,
  averagePrecision,
  IOU_THRESHOLDS,
  type Scored,
  type Truth,
} from './average-precision.js';

const annotations = z.object({
  images: z.array(z.object({ id: z.number(), file_name: z.string(), split: z.string().optional() })),
  categories: z.array(z.object({ id: z.number(), name: z.string() })),
  annotations: z.array(
    z.object({
      image_id: z.number(),
      category_id: z.number(),
      bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]).describe('x, y, width, height'),
      area: z.number().optional(),
      iscrowd: z.number().optional(),
    }),
  ),
});

export type CocoAnnotations = z.infer<typeof annotations>;

export interface Precision {
  readonly ap: number | null;
  readonly ap50: number | null;
  readonly ap75: number | null;
}

export interface Evaluation extends Precision {
  readonly apSmall: number | null;
  readonly apMedium: number | null;
  readonly apLarge: number | null;
  readonly images: number;
  readonly perClass: Readonly<Record<string, Precision & { readonly truths: number }>>;
  /** Vehicles of any kind counted as one class, where the detector or the annotations tell kinds apart. */
  readonly vehicles: (Precision & { readonly truths: number }) | null;
}

const VEHICLE_LABELS: ReadonlySet<string> = new Set([
  'car',
  'bus',
  'truck',
  'motorcycle',
  'motorbike',
  'vehicle',
]);

/** @param file for error messages */
export function parseAnnotations(text: string, file: string): CocoAnnotations {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CspcamError(`expected COCO annotations in ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const parsed = annotations.safeParse(json);
  if (!parsed.success)
    throw new CspcamError(`expected COCO annotations in ${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/**
 * @param found boxes in source pixels by image id; images that are not in it are left out
 * @param labels the detector's classes; annotated classes it does not know are left out
 */
export function evaluate(
  coco: CocoAnnotations,
  found: ReadonlyMap<number, readonly Detection[]>,
  labels: readonly string[],
): Evaluation {
  const names = new Map(coco.categories.map(({ id, name }) => [id, name]));
  const classes = [...new Set(names.values())].filter((name) => labels.includes(name));
  // Equal scores rank in the order of the images, as in pycocotools.
  const images = [...found].sort(([a], [b]) => a - b);
  const truths = (wanted: ReadonlySet<string>): Truth[] =>
    coco.annotations
      .filter(({ image_id, category_id }) => found.has(image_id) && wanted.has(names.get(category_id) ?? ''))
      .map(({ image_id, bbox: [x, y, width, height], area, iscrowd }) => ({
        image: image_id,
        box: [x, y, x + width, y + height],
        area: area ?? width * height,
        crowd: iscrowd === 1,
      }));
  const detections = (wanted: ReadonlySet<string>): Scored[] =>
    images.flatMap(([image, boxes]) =>
      boxes.filter(({ label }) => wanted.has(label)).map(({ box, score }) => ({ image, box, score })),
    );
  const groups = classes.map((name) => {
    const wanted = new Set([name]);
    return { name, truths: truths(wanted), detections: detections(wanted) };
  });
  const over = (range: keyof typeof AREA_RANGES, thresholds: readonly number[]) =>
    mean(groups.flatMap((group) => values(group, range, thresholds)));
  const known = vehiclesAmong(labels);
  const annotated = vehiclesAmong([...names.values()]);
  const pooled = known.size > 0 && new Set([...known, ...annotated]).size > 1;
  return {
    ap: over('all', IOU_THRESHOLDS),
    ap50: over('all', [0.5]),
    ap75: over('all', [0.75]),
    apSmall: over('small', IOU_THRESHOLDS),
    apMedium: over('medium', IOU_THRESHOLDS),
    apLarge: over('large', IOU_THRESHOLDS),
    images: found.size,
    perClass: Object.fromEntries(groups.map((group) => [group.name, precision(group)])),
    vehicles: pooled ? precision({ truths: truths(annotated), detections: detections(known) }) : null,
  };
}

interface Group {
  readonly truths: readonly Truth[];
  readonly detections: readonly Scored[];
}

function vehiclesAmong(labels: readonly string[]): ReadonlySet<string> {
  return new Set(labels.filter((label) => VEHICLE_LABELS.has(label)));
}

function precision(group: Group): Precision & { readonly truths: number } {
  return {
    ap: mean(values(group, 'all', IOU_THRESHOLDS)),
    ap50: mean(values(group, 'all', [0.5])),
    ap75: mean(values(group, 'all', [0.75])),
    truths: group.truths.filter(({ crowd }) => !crowd).length,
  };
}

function values(group: Group, range: keyof typeof AREA_RANGES, thresholds: readonly number[]): number[] {
  return thresholds
    .map((threshold) => averagePrecision(group.truths, group.detections, AREA_RANGES[range], threshold))
    .filter((value) => value !== undefined);
}

function mean(list: readonly number[]): number | null {
  return list.length === 0 ? null : list.reduce((sum, value) => sum + value, 0) / list.length;
}
