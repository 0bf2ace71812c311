// Detections of one object, one by one -> its track: motion, votes for its label, when it was seen.

import { iou } from '../../../models/decode/boxes.js';
import type { Box, Detection } from '../../../models/detection.js';
import { Motion, sizeOf } from './kalman-filter.js';
import type { Track } from './track.js';

/** 99.9% of chi-squared with 2 degrees of freedom. */
const MAX_DISTANCE = 13.8;
/** Fewer detections make no speed to rely on. */
const SPEED_HITS = 3;

export class Tracklet {
  /** The name its labels have in common. */
  readonly group: string;
  readonly firstSeenMs: number;
  readonly #motion: Motion;
  /** Sum of scores by label. */
  readonly #votes = new Map<string, number>();
  /** That with the most votes. */
  #label: string;
  #id: number | undefined;
  #hits = 0;
  #bestScore = 0;
  #last: Detection;
  #lastSeenMs: number;
  #atMs: number;
  #isSeen = true;
  /** Time in which nobody looked where it alone would be seen. */
  #excusedMs = 0;
  #expected: Box;
  /** Its last time out of sight. */
  #gap = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

  constructor(detection: Detection, group: string, atMs: number) {
    this.group = group;
    this.firstSeenMs = atMs;
    this.#motion = new Motion(detection.box);
    this.#last = detection;
    this.#label = detection.label;
    this.#lastSeenMs = atMs;
    this.#atMs = atMs;
    this.#expected = detection.box;
    this.#count(detection);
  }

  get isConfirmed(): boolean {
    return this.#id !== undefined;
  }

  get hits(): number {
    return this.#hits;
  }

  get lastSeenMs(): number {
    return this.#lastSeenMs;
  }

  /** How long it has not been seen though it might have been. */
  missedMs(atMs: number): number {
    return atMs - this.#lastSeenMs - this.#excusedMs;
  }

  /** What only a second look has shown is not missed where there was none. @param mostMs that is excused in a row */
  excuse(ms: number, mostMs: number): void {
    if (this.#last.look === 'second') this.#excusedMs = Math.min(mostMs, this.#excusedMs + ms);
  }

  /** Whether it has a detection since the last prediction. */
  get isSeen(): boolean {
    return this.#isSeen;
  }

  get lastDetection(): Detection {
    return this.#last;
  }

  /** In source pixels, at the time of the last prediction or detection. */
  get expectedBox(): Box {
    return this.#expected;
  }

  get track(): Track {
    return {
      id: this.#id!,
      label: this.#label,
      score: this.#last.score,
      bestScore: this.#bestScore,
      sourceBox: this.#isSeen ? this.#last.box : this.#expected,
      seen: this.#isSeen,
      firstSeenMs: this.firstSeenMs,
      lastSeenMs: this.#lastSeenMs,
    };
  }

  confirm(id: number): void {
    this.#id = id;
  }

  /** While the picture did not change since the last frame, what was seen in it has been there, still. */
  rest(unchangedMs: number): void {
    if (!this.#isSeen) return;
    this.#lastSeenMs += unchangedMs;
    this.#atMs += unchangedMs;
  }

  predict(atMs: number): void {
    this.#motion.predict((atMs - this.#atMs) / 1000, this.#isSeen);
    if (!this.#isSeen) this.#gap = { fromMs: this.#lastSeenMs, toMs: Number.POSITIVE_INFINITY };
    this.#atMs = atMs;
    this.#isSeen = false;
    this.#expected = this.#motion.box;
  }

  /** Takes a detection of the frame that was predicted last. */
  update(detection: Detection): void {
    this.#motion.correct(detection.box);
    this.#expected = this.#motion.box;
    this.#last = detection;
    this.#lastSeenMs = this.#atMs;
    this.#isSeen = true;
    this.#excusedMs = 0;
    this.#gap.toMs = Math.min(this.#gap.toMs, this.#atMs);
    this.#count(detection);
  }

  /** Intersection over union of a detection's box with the expected one, 0 if its centre is too far off. */
  overlap(sourceBox: Box): number {
    // At few frames per second a walker has left his first box by the second frame: unsure boxes are larger.
    const margin = this.#hits < SPEED_HITS ? Math.min(this.#motion.spread, sizeOf(sourceBox) / 2) : 0;
    const overlap = iou(this.#expected, sourceBox, margin);
    return overlap > 0 && this.#motion.distance(sourceBox) <= MAX_DISTANCE ? overlap : 0;
  }

  /** Whether all detections of another are from its last time out of sight. */
  isReplacedBy(other: Tracklet): boolean {
    return other.firstSeenMs > this.#gap.fromMs && other.lastSeenMs < this.#gap.toMs;
  }

  #count({ label, score }: Detection): void {
    this.#hits++;
    this.#bestScore = Math.max(this.#bestScore, score);
    const votes = (this.#votes.get(label) ?? 0) + score;
    this.#votes.set(label, votes);
    if (votes > this.#votes.get(this.#label)!) this.#label = label;
  }
}
