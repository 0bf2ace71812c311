// Boxes that are known and boxes that were found -> recall at a precision, and doubles. Pure.

import { sharedPart } from '../../../agent/inference/second-look/same-object.js';
import { area, iou } from '../../../models/decode/boxes.js';
import type { Box, Detection } from '../../../models/detection.js';

export interface Looked {
  readonly people: readonly Box[];
  readonly found: readonly Detection[];
}

interface Judged {
  readonly score: number;
  readonly isRight: boolean;
}

export interface Bounds {
  /** Heights of what is to be found, pixels. */
  readonly least: number;
  readonly most: number;
}

const SAME_IOU = 0.5;
/** Two boxes that share so much and are of one person: one of them is too many. */
const DOUBLE = { iou: 0.45, part: 0.7 };

/** People of other sizes count neither as found nor as missed, as COCO does it with areas. */
export function judge(
  scenes: readonly Looked[],
  bounds: Bounds,
): { readonly judged: Judged[]; readonly total: number } {
  const judged: Judged[] = [];
  let total = 0;
  for (const { people, found } of scenes) {
    const wanted = people.filter((box) => isWithin(box, bounds));
    const others = people.filter((box) => !isWithin(box, bounds));
    total += wanted.length;
    const taken = new Set<Box>();
    for (const { score, box } of found.filter(({ label }) => label === 'person')) {
      const best = wanted
        .filter((one) => !taken.has(one) && iou(one, box) >= SAME_IOU)
        .toSorted((a, b) => iou(b, box) - iou(a, box))[0];
      if (best !== undefined) {
        taken.add(best);
        judged.push({ score, isRight: true });
      } else if (!others.some((one) => iou(one, box) >= SAME_IOU) && isWithin(box, bounds)) {
        judged.push({ score, isRight: false });
      }
    }
  }
  return { judged: judged.toSorted((a, b) => b.score - a.score), total };
}

/** The most that can be found without more mistakes. @returns 0 where even the surest box is one */
export function recallAt(
  precision: number,
  { judged, total }: ReturnType<typeof judge>,
): { readonly recall: number; readonly score: number } {
  let [right, best] = [0, { recall: 0, score: 1 }];
  judged.forEach(({ isRight, score }, index) => {
    if (isRight) right++;
    if (right / (index + 1) >= precision) best = { recall: right / total, score };
  });
  return best;
}

/** Pairs of boxes from the score up that share one person, who is nearest to both. */
export function doublesIn(scenes: readonly Looked[], leastScore: number): number {
  let doubles = 0;
  for (const { people, found } of scenes) {
    const sure = found.filter(({ label, score }) => label === 'person' && score >= leastScore);
    const nearest = sure.map(({ box }) => nearestOf(people, box));
    for (let i = 0; i < sure.length; i++)
      for (let j = i + 1; j < sure.length; j++) {
        const [a, b] = [sure[i]!.box, sure[j]!.box];
        const isSame = nearest[i] !== undefined && nearest[i] === nearest[j];
        if (isSame && (iou(a, b) > DOUBLE.iou || sharedPart(a, b) > DOUBLE.part)) doubles++;
      }
  }
  return doubles;
}

function nearestOf(people: readonly Box[], box: Box): Box | undefined {
  const by = (one: Box) => sharedPart(one, box) * Math.min(1, area(one) / Math.max(1, area(box)));
  const best = people.toSorted((a, b) => by(b) - by(a))[0];
  return best !== undefined && by(best) > 0.3 ? best : undefined;
}

function isWithin([, y1, , y2]: Box, { least, most }: Bounds): boolean {
  return y2 - y1 >= least && y2 - y1 <= most;
}
