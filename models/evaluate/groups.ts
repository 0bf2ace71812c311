// COCO annotations + boxes -> AP50 of persons, of vehicles and of all boxes: what int8 may not lose.

import type { Detection } from '../detection.js';
import type { Ap50s } from '../folder/description.js';
import { AREA_RANGES, averagePrecision } from './average-precision.js';
import { type CocoAnnotations, evaluate } from './coco.js';

/** One box more or less of fewer would be more than 5 points. */
const FEWEST_BOXES = 20;

/** @param found boxes in the space of the annotations, by image id; images that are not in it are left out */
export function groupAp50s(
  coco: CocoAnnotations,
  found: ReadonlyMap<number, readonly Detection[]>,
  labels: readonly string[],
): Ap50s {
  const { perClass, vehicles } = evaluate(coco, found, labels);
  const { person } = perClass;
  return {
    person: person !== undefined && person.truths >= FEWEST_BOXES ? person.ap50 : null,
    vehicles: vehicles !== null && vehicles.truths >= FEWEST_BOXES ? vehicles.ap50 : null,
    all: overBoxes(coco, found, labels),
  };
}

/**
 * All boxes in one ranking, matched within their class. The mean over classes would say little: one box of a class that
 * has five moves it by points.
 */
function overBoxes(
  coco: CocoAnnotations,
  found: ReadonlyMap<number, readonly Detection[]>,
  labels: readonly string[],
): number | null {
  const names = new Map(coco.categories.map(({ id, name }) => [id, name]));
  // What is not annotated, as other labels of the model, is neither right nor wrong.
  const classes = new Map(
    [...new Set(names.values())].filter((name) => labels.includes(name)).map((name, i) => [name, i]),
  );
  const ids = new Map([...found.keys()].sort((a, b) => a - b).map((id, i) => [id, i]));
  const place = (id: number, name: string) => ids.get(id)! * classes.size + classes.get(name)!;
  const truths = coco.annotations
    .filter(({ image_id, category_id }) => ids.has(image_id) && classes.has(names.get(category_id) ?? ''))
    .map(({ image_id, category_id, bbox: [x, y, width, height], area, iscrowd }) => ({
      image: place(image_id, names.get(category_id)!),
      box: [x, y, x + width, y + height] as const,
      area: area ?? width * height,
      crowd: iscrowd === 1,
    }));
  if (truths.filter(({ crowd }) => !crowd).length < FEWEST_BOXES) return null;
  const detections = [...ids.keys()].flatMap((id) =>
    found
      .get(id)!
      .filter(({ label }) => classes.has(label))
      .map(({ label, box, score }) => ({ image: place(id, label), box, score })),
  );
  return averagePrecision(truths, detections, AREA_RANGES.all, 0.5) ?? null;
}
