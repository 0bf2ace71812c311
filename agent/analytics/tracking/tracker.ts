// Detections of a camera's frames and their capture times -> tracks. ByteTrack (Zhang et al. 2022) in seconds. Pure.

import { area, iou } from '../../../models/decode/boxes.js';
import type { Detection } from '../../../models/detection.js';
import type { Rect } from '../../../pipelines/frame.js';
import { isWithin } from '../../inference/second-look/windows.js';
import { assign } from './assignment.js';
import { grouping, LABEL_GROUPS } from './label-groups.js';
import type { TrackerUpdate } from './track.js';
import { Tracklet } from './tracklet.js';

export interface ByteTrackerOptions {
  /** The same for all cameras of a boot, so that no two tracks share an id. */
  readonly nextId: () => number;
  /** Detections from here up are matched first. Default 0.5. */
  readonly highScore?: number | undefined;
  /** From here up, those left over may be a new object. Default 0.6. */
  readonly startScore?: number | undefined;
  /** Detections below are ignored; from here to `highScore` they only carry on a track. Default 0.1. */
  readonly lowScore?: number | undefined;
  /** A track is confirmed by so many detections. Default 3. */
  readonly confirmHits?: number | undefined;
  /** Or by one of so high a score. Default 0.9. */
  readonly sureScore?: number | undefined;
  /** How long a track waits for its next detection. Default 2. */
  readonly keepSeconds?: number | undefined;
  /** The same before it is confirmed, if that is longer than a frame. Default 0.3. */
  readonly tentativeKeepSeconds?: number | undefined;
  /** Labels that one object may get by turns. Default `LABEL_GROUPS`. */
  readonly labelGroups?: readonly (readonly string[])[] | undefined;
}

/** Least overlaps, as ByteTrack has them: with high scores, with low ones, and before confirmation. */
const MIN_IOU = { high: 0.2, low: 0.5, tentative: 0.3 };
/** A low score is believed where something was seen so shortly before, or in the last frame. */
const LOW_SCORE_MS = 1000;
/** What only second looks show waits so much longer for the next of them: then there are none to spare any more. */
const MOST_EXCUSED_MS = 4000;
/** Two detections of one group that overlap so much are of one object. */
const TWIN_IOU = 0.7;
/** Two tracks, as ByteTrack has it. */
const DOUBLE_IOU = 0.85;

/** One per camera. */
export class ByteTracker {
  #options;
  readonly #groupOf: (label: string) => string;
  #tracklets: readonly Tracklet[] = [];
  #atMs = Number.NEGATIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor({
    nextId,
    highScore = 0.5,
    startScore = 0.6,
    lowScore = 0.1,
    confirmHits = 3,
    sureScore = 0.9,
    keepSeconds = 2,
    tentativeKeepSeconds = 0.3,
    labelGroups = LABEL_GROUPS,
  }: ByteTrackerOptions) {
    this.#options = {
      nextId,
      highScore,
      startScore,
      lowScore,
      confirmHits,
      sureScore,
      keepMs: keepSeconds * 1000,
      tentativeKeepMs: tentativeKeepSeconds * 1000,
    };
    this.#groupOf = grouping(labelGroups);
  }

  /**
   * One frame, also one without detections.
   *
   * @param sourceDetections in source pixels, down to `lowScore`; boxes without area are ignored
   * @param capturedMonotonicMs of the frame; one before the last frame's counts as that
   * @param unchangedMs how long since the last frame it is known that nothing moved; what was seen was there
   *   then, and what was not seen was not
   * @param windows parts of the picture, in source pixels, that had a second look
   */
  update(
    sourceDetections: readonly Detection[],
    capturedMonotonicMs: number,
    unchangedMs = 0,
    windows: readonly Rect[] = [],
  ): TrackerUpdate {
    this.#lastMs = this.#atMs;
    this.#atMs = Math.max(this.#atMs, capturedMonotonicMs);
    const restMs = Math.max(0, Math.min(unchangedMs, this.#atMs - this.#lastMs));
    for (const tracklet of this.#tracklets) {
      tracklet.rest(restMs);
      if (!windows.some((window) => isWithin(tracklet.expectedBox, window)))
        tracklet.excuse(this.#atMs - this.#lastMs - restMs, MOST_EXCUSED_MS);
    }
    // Before anything is matched: after a pause, what stands where something was lost is something else.
    const before = this.#tracklets.filter(
      (tracklet) => tracklet.missedMs(this.#atMs) <= this.#options.keepMs,
    );
    const late = this.#tracklets.filter((tracklet) => !before.includes(tracklet));
    for (const tracklet of before) tracklet.predict(this.#atMs);

    const all = [...before, ...this.#follow(before, this.#singled(sourceDetections))];
    const doubles = this.#mergeDoubles(all);
    this.#tracklets = all.filter((tracklet) => !doubles.has(tracklet) && this.#isWorthKeeping(tracklet));
    for (const tracklet of this.#tracklets) this.#confirm(tracklet);
    return { tracks: tracksOf(this.#tracklets), ended: tracksOf([...late, ...doubles]) };
  }

  /** Holds from the next frame on. */
  setScores(scores: { readonly highScore: number; readonly startScore: number }): void {
    this.#options = { ...this.#options, ...scores };
  }

  /** Gives up all tracks, as for a camera that is lost. */
  clear(): TrackerUpdate {
    const ended = tracksOf(this.#tracklets);
    this.#tracklets = [];
    return { tracks: [], ended };
  }

  /** @returns what is new */
  #follow(tracklets: readonly Tracklet[], detections: readonly Detection[]): Tracklet[] {
    const { highScore, startScore } = this.#options;
    const high = detections.filter(({ score }) => score >= highScore);
    const low = detections.filter(({ score }) => score < highScore);
    const confirmed = tracklets.filter(({ isConfirmed }) => isConfirmed);
    const tentative = tracklets.filter(({ isConfirmed }) => !isConfirmed);
    const first = this.#match(confirmed, high, MIN_IOU.high);
    const sinceMs = Math.min(this.#lastMs, this.#atMs - LOW_SCORE_MS);
    const recent = first.unseen.filter(({ lastSeenMs }) => lastSeenMs >= sinceMs);
    this.#match(recent, low, MIN_IOU.low);
    const last = this.#match(tentative, first.free, MIN_IOU.tentative);
    return last.free
      .filter(({ score }) => score >= startScore)
      .map((detection) => new Tracklet(detection, this.#groupOf(detection.label), this.#atMs));
  }

  #match(tracklets: readonly Tracklet[], detections: readonly Detection[], minIou: number) {
    const groups = detections.map(({ label }) => this.#groupOf(label));
    const affinity = (row: number, column: number) =>
      tracklets[row]!.group === groups[column] ? tracklets[row]!.overlap(detections[column]!.box) : 0;
    const { pairs, freeRows, freeColumns } = assign(tracklets.length, detections.length, affinity, minIou);
    for (const [row, column] of pairs) tracklets[row]!.update(detections[column]!);
    return {
      unseen: freeRows.map((row) => tracklets[row]!),
      free: freeColumns.map((column) => detections[column]!),
    };
  }

  /** Suppression goes by class: an object found as car and as truck has two detections, of which one is kept. */
  #singled(detections: readonly Detection[]): Detection[] {
    const kept: Detection[] = [];
    const wanted = detections.filter(({ score, box }) => score >= this.#options.lowScore && area(box) > 0);
    for (const detection of wanted.sort((a, b) => b.score - a.score)) {
      const group = this.#groupOf(detection.label);
      const isTwin = kept.some(
        ({ label, box }) =>
          label !== detection.label && this.#groupOf(label) === group && iou(box, detection.box) > TWIN_IOU,
      );
      if (!isTwin) kept.push(detection);
    }
    return kept;
  }

  #confirm(tracklet: Tracklet): void {
    const { confirmHits, sureScore, nextId } = this.#options;
    if (tracklet.isConfirmed) return;
    if (tracklet.hits >= confirmHits || tracklet.lastDetection.score >= sureScore) tracklet.confirm(nextId());
  }

  /**
   * An object that is lost and found beside where it was expected has two tracks until the places meet. Two
   * that were seen in one frame are two objects, however much they overlap: one passes behind the other.
   *
   * @returns the younger ones
   */
  #mergeDoubles(tracklets: readonly Tracklet[]): Set<Tracklet> {
    const doubles = new Set<Tracklet>();
    for (const older of tracklets.filter(({ isConfirmed }) => isConfirmed)) {
      const younger = tracklets.find(
        (other) =>
          !doubles.has(other) &&
          other.group === older.group &&
          other.isSeen !== older.isSeen &&
          older.isReplacedBy(other) &&
          iou(other.expectedBox, older.expectedBox) > DOUBLE_IOU,
      );
      if (younger === undefined) continue;
      if (younger.isSeen) older.update(younger.lastDetection);
      doubles.add(younger);
    }
    return doubles;
  }

  #isWorthKeeping(tracklet: Tracklet): boolean {
    const { isConfirmed, isSeen } = tracklet;
    return isConfirmed || isSeen || tracklet.missedMs(this.#atMs) <= this.#options.tentativeKeepMs;
  }
}

function tracksOf(tracklets: readonly Tracklet[]) {
  return tracklets.filter(({ isConfirmed }) => isConfirmed).map(({ track }) => track);
}
