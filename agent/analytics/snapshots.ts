// Frames and tracks of a camera -> the best picture of each track, as JPEG with its box.

import type { Box, Detection } from '../../models/detection.js';
import type { Frame, Rect } from '../../pipelines/frame.js';
import { overlaySvg } from './detection-overlay.js';
import { type AskPicture, type FullSizePicture, fullSizePicture, withMargin } from './full-size-picture.js';
import type { Picture } from './picture.js';
import { sharpness } from './sharpness.js';

/** A track that a picture may be taken of. */
export interface SnapshotCandidate {
  readonly trackId: number;
  readonly label: string;
  /** 0..1 */
  readonly score: number;
  readonly sourceBox: Box;
}

export type Encode = (frame: Frame, svg: string) => Promise<Buffer>;
/** A part of a frame, in source pixels. */
export type EncodePart = (frame: Frame, part: Rect) => Promise<Buffer>;

export interface SnapshotsOptions {
  readonly encode: Encode;
  readonly encodePart: EncodePart;
  /** The same picture at the size of its source, where the camera has it. */
  readonly ask?: AskPicture | undefined;
}

interface Candidate {
  /** With pixels of its own, until the full picture is there. */
  frame: Frame;
  readonly detection: Detection;
  readonly worth: number;
  readonly full: Promise<FullSizePicture | undefined>;
  /** Capture of the first picture of the track, CLOCK_MONOTONIC in milliseconds. */
  readonly sinceMs: number;
}

/** Pixels are copied only for a picture that is so much better than the one kept. */
const BETTER = 1.2;
/** Copies kept at once; a picture of a frame is some 500 KB, and one of the source as much. */
const MOST = 8;
/** Who has had a place for so long gives it up to who has just come: parked cars would keep all of them for good. */
const SETTLED_MS = 60_000;
/** From one picture of a track at source size to the next: each is encoded, whether a better one follows or not. */
const APART_MS = 500;

export class Snapshots {
  readonly #options: SnapshotsOptions;
  /** By track; who has had a place for longest comes first. */
  readonly #best = new Map<number, Candidate>();
  /** Tracks that have a place, or had one. */
  readonly #placed = new Set<number>();

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /**
   * @param frame its pixels are valid during the call only
   * @returns the tracks of which it is the best picture so far
   */
  update(frame: Frame, candidates: readonly SnapshotCandidate[]): number[] {
    let copy: Frame | undefined;
    const better: number[] = [];
    for (const { trackId, label, score, sourceBox } of candidates) {
      const kept = this.#best.get(trackId);
      if (kept === undefined ? !this.#hasPlace(trackId, frame) : this.#isTooSoon(frame, kept)) continue;
      const worth = worthOf(frame, score, sourceBox);
      if (kept !== undefined && worth < BETTER * kept.worth) continue;
      better.push(trackId);
      // One copy serves all tracks of a frame.
      copy ??= { ...frame, pixels: frame.pixels.slice(0) };
      const detection = { label, score, box: sourceBox, classIndex: 0 };
      this.#keep(trackId, copy, detection, worth, kept?.sinceMs ?? frame.capturedMonotonicMs);
    }
    return better;
  }

  /** The frame that the picture of a track shows. */
  frameOf(trackId: number): Pick<Frame, 'sequence' | 'capturedAtMs'> | undefined {
    const frame = this.#best.get(trackId)?.frame;
    return frame && { sequence: frame.sequence, capturedAtMs: frame.capturedAtMs };
  }

  /** The picture of a track that nobody wants any more. */
  forget(trackId: number): void {
    this.#best.delete(trackId);
    this.#placed.delete(trackId);
  }

  /** Gives the picture of a track that has ended, once; nothing where none was kept. */
  async take(trackId: number): Promise<Picture | undefined> {
    const candidate = this.#best.get(trackId);
    this.forget(trackId);
    if (candidate === undefined) return undefined;
    const { detection } = candidate;
    const full = await candidate.full;
    const { frame } = candidate;
    const { capturedAtMs, sourceSize, sequence: frameSequence } = frame;
    const about = { capturedAtMs, frameSequence };
    if (full?.crop !== undefined)
      return { ...about, jpeg: full.jpeg, sourceSize: full.sourceSize, object: { trackId, crop: full.crop } };
    const { encode, encodePart } = this.#options;
    const jpeg = await encode(frame, overlaySvg([detection], sourceSize));
    const crop = await encodePart(frame, withMargin(detection.box, sourceSize));
    return { ...about, jpeg, sourceSize, object: { trackId, crop } };
  }

  /** Once for each track another one is given up. */
  #hasPlace(trackId: number, { capturedMonotonicMs }: Frame): boolean {
    if (this.#best.size < MOST) return true;
    const [settled, { sinceMs }] = this.#best.entries().next().value!;
    if (this.#placed.has(trackId) || capturedMonotonicMs - sinceMs < SETTLED_MS) return false;
    this.#best.delete(settled);
    return true;
  }

  #isTooSoon({ capturedMonotonicMs }: Frame, kept: Candidate): boolean {
    return this.#options.ask !== undefined && capturedMonotonicMs - kept.frame.capturedMonotonicMs < APART_MS;
  }

  #keep(trackId: number, frame: Frame, detection: Detection, worth: number, sinceMs: number): void {
    const { ask } = this.#options;
    const full = ask
      ? fullSizePicture(ask, frame, [detection], detection.box).catch(() => undefined)
      : Promise.resolve(undefined);
    const candidate: Candidate = { frame, detection, worth, full, sinceMs };
    this.#best.set(trackId, candidate);
    this.#placed.add(trackId);
    void full.then((picture) => {
      if (picture?.crop !== undefined) candidate.frame = { ...frame, pixels: new ArrayBuffer(0) };
    });
  }
}

/** How much a picture says: by score, size and sharpness of the object. */
function worthOf(frame: Frame, score: number, box: Box): number {
  return score * Math.sqrt(visibleArea(box, frame)) * Math.sqrt(1 + sharpness(frame, box));
}

/** Square pixels of the box; a box at the edge is only a part of its object. */
function visibleArea([x1, y1, x2, y2]: Box, { sourceSize: { width, height } }: Frame): number {
  const atEdge = x1 <= 1 || y1 <= 1 || x2 >= width - 1 || y2 >= height - 1;
  return (x2 - x1) * (y2 - y1) * (atEdge ? 0.25 : 1);
}
