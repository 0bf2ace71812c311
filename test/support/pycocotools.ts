// Annotations + detections -> what pycocotools makes of them, from a committed file.

import type { Detection } from '../../models/detection.js';
import type { CocoAnnotations, Evaluation, Precision } from '../../models/evaluate/coco.js';
import { oracle } from './oracle.js';

export type OracleEvaluation = Omit<Evaluation, 'images' | 'perClass'> & {
  readonly perClass: Readonly<Record<string, Precision>>;
};

const VEHICLES = ['car', 'bus', 'truck', 'motorcycle'];

/**
 * @param file below test/fixtures
 * @param input what the detections depend on
 * @param labels the detector's classes
 */
export function pycocotools(
  file: string,
  input: readonly (string | Uint8Array)[],
  annotations: CocoAnnotations,
  found: ReadonlyMap<number, readonly Detection[]>,
  labels: readonly string[],
): OracleEvaluation {
  const ids = new Map(annotations.categories.map(({ id, name }) => [name, id]));
  const known = (names: readonly string[]) =>
    names.map((name) => ids.get(name)).filter((id) => id !== undefined);
  return oracle<OracleEvaluation>(file, input, 'pycocotools-ap.py', () => ({
    annotations: {
      ...annotations,
      annotations: annotations.annotations.map((entry) => ({
        ...entry,
        area: entry.area ?? entry.bbox[2] * entry.bbox[3],
      })),
    },
    detections: [...found].flatMap(([image_id, detections]) =>
      detections
        .filter(({ label }) => ids.has(label))
        .map(({ label, score, box: [x1, y1, x2, y2] }) => ({
          image_id,
          category_id: ids.get(label),
          score,
          bbox: [x1, y1, x2 - x1, y2 - y1],
        })),
    ),
    images: [...found.keys()],
    categories: known(labels),
    pooled: known(VEHICLES),
  }));
}

/** Every figure of `evaluation` beside the oracle's: what differs by more than `tolerance`. */
export function disagreements(evaluation: Evaluation, theirs: OracleEvaluation, tolerance: number): string[] {
  const rows: [string, Precision | null, Precision | null][] = [
    ['vehicles', evaluation.vehicles, theirs.vehicles],
    ...Object.entries(evaluation.perClass).map(
      ([name, precision]) =>
        [name, precision, theirs.perClass[name]!] satisfies [string, Precision, Precision],
    ),
  ];
  const figures: [string, number | null | undefined, number | null | undefined][] = [
    ...(['ap', 'ap50', 'ap75', 'apSmall', 'apMedium', 'apLarge'] as const).map(
      (key) => [key, evaluation[key], theirs[key]] satisfies [string, number | null, number | null],
    ),
    ...rows.flatMap(([name, ours, other]) =>
      (['ap', 'ap50', 'ap75'] as const).map(
        (key) => [`${name} ${key}`, ours?.[key], other?.[key]] as [string, number | null, number | null],
      ),
    ),
  ];
  return figures
    .filter(([, a, b]) => (a == null || b == null ? a !== b : !(Math.abs(a - b) <= tolerance)))
    .map(([name, a, b]) => `${name}: ${a} against ${b}`);
}
