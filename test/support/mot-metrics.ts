// True and guessed boxes with ids, frame by frame -> CLEAR-MOT (Bernardin 2008) and IDF1 (Ristani 2016).

import { munkres } from 'munkres';
import { iou } from '../../models/decode/boxes.js';
import type { Box } from '../../models/detection.js';

export interface Identified {
  readonly id: number;
  readonly box: Box;
}

export interface MotFrame {
  readonly truths: readonly Identified[];
  readonly guesses: readonly Identified[];
}

export interface MotMetrics {
  readonly mota: number;
  readonly idf1: number;
  readonly objects: number;
  readonly misses: number;
  readonly falsePositives: number;
  /** A true object that is matched to another guess than the last time. */
  readonly switches: number;
  /** A true object that is lost between two matches. */
  readonly fragmentations: number;
}

/** @param minIou of boxes that can be of one object */
export function motMetrics(frames: readonly MotFrame[], minIou = 0.5): MotMetrics {
  const objects = frames.reduce((sum, { truths }) => sum + truths.length, 0);
  const guesses = frames.reduce((sum, frame) => sum + frame.guesses.length, 0);
  /** The guess each true object was matched to last. */
  const matched = new Map<number, number>();
  const isMatched = new Map<number, boolean[]>();
  let [matches, switches] = [0, 0];
  for (const frame of frames) {
    const pairs = correspondences(frame, matched, minIou);
    for (const { id } of frame.truths) {
      const guess = pairs.get(id);
      isMatched.set(id, [...(isMatched.get(id) ?? []), guess !== undefined]);
      if (guess === undefined) continue;
      matches++;
      if (matched.has(id) && matched.get(id) !== guess) switches++;
      matched.set(id, guess);
    }
  }
  const misses = objects - matches;
  const falsePositives = guesses - matches;
  return {
    mota: 1 - (misses + falsePositives + switches) / objects,
    idf1: (2 * identityMatches(frames, minIou)) / (objects + guesses),
    objects,
    misses,
    falsePositives,
    switches,
    fragmentations: [...isMatched.values()].reduce((sum, flags) => sum + gaps(flags), 0),
  };
}

/** True ids -> guessed ids of one frame. Pairs of before stay while they are valid; then the least distances. */
function correspondences({ truths, guesses }: MotFrame, before: ReadonlyMap<number, number>, minIou: number) {
  const pairs = new Map<number, number>();
  for (const { id, box } of truths) {
    const kept = guesses.find((guess) => guess.id === before.get(id) && iou(guess.box, box) >= minIou);
    if (kept !== undefined && ![...pairs.values()].includes(kept.id)) pairs.set(id, kept.id);
  }
  const taken = new Set(pairs.values());
  const rows = truths.filter(({ id }) => !pairs.has(id));
  const columns = guesses.filter(({ id }) => !taken.has(id));
  // A pair that is not valid costs more than all that are: as many as possible are valid.
  const forbidden = rows.length + columns.length + 1;
  const costs = rows.map((row) =>
    columns.map((column) => {
      const overlap = iou(row.box, column.box);
      return overlap >= minIou ? 1 - overlap : forbidden;
    }),
  );
  for (const [row, column] of solve(costs))
    if (costs[row]![column]! < forbidden) pairs.set(rows[row]!.id, columns[column]!.id);
  return pairs;
}

/** Boxes that agree if each true id gets one guessed id for the whole sequence, the best way. */
function identityMatches(frames: readonly MotFrame[], minIou: number): number {
  const truthIds = idsOf(frames.map(({ truths }) => truths));
  const guessIds = idsOf(frames.map(({ guesses }) => guesses));
  const counts = truthIds.map(() => guessIds.map(() => 0));
  for (const { truths, guesses } of frames)
    for (const truth of truths)
      for (const guess of guesses)
        if (iou(truth.box, guess.box) >= minIou)
          counts[truthIds.indexOf(truth.id)]![guessIds.indexOf(guess.id)]!++;
  const costs = counts.map((row) => row.map((count) => -count));
  return solve(costs).reduce((sum, [row, column]) => sum + counts[row]![column]!, 0);
}

function solve(costs: readonly number[][]): [number, number][] {
  return costs.length === 0 || costs[0]!.length === 0 ? [] : munkres(costs);
}

function idsOf(frames: readonly (readonly Identified[])[]): number[] {
  return [...new Set(frames.flatMap((frame) => frame.map(({ id }) => id)))];
}

/** Runs of misses between two matches. */
function gaps(flags: readonly boolean[]): number {
  const span = flags.slice(flags.indexOf(true), flags.lastIndexOf(true) + 1);
  return span.filter((flag, index) => index > 0 && !flag && span[index - 1] === true).length;
}
