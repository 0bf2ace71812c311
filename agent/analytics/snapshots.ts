// Frames and tracks of a camera -> the best picture of each track, as JPEG with its box.

import type { Box, Detection } from '../../models/detection.js';
import type { Frame } from '../../pipelines/frame.js';
import { overlaySvg } from './detection-overlay.js';
import type { Picture } from './picture.js';

/** A track that a picture may be taken of. */
export interface SnapshotCandidate {
  readonly trackId: number;
  readonly label: string;
  /** 0..1 */
  readonly score: number;
  readonly sourceBox: Box;
}

interface Candidate {
  readonly frame: Frame;
  readonly detection: Detection;
  readonly worth: number;
}

export type Encode = (frame: Frame, svg: string) => Promise<Buffer>;

/** Pixels are copied only for a picture that is so much better than the one kept. */
const BETTER = 1.2;
/** Copies kept at once; a picture of a frame is some 500 KB. */
const MOST = 8;

export class Snapshots {
  readonly #encode: Encode;
  readonly #best = new Map<number, Candidate>();

  constructor(encode: Encode) {
    this.#encode = encode;
  }

  /**
   * @param frame its pixels are valid during the call only
   * @returns the tracks of which it is the best picture so far
   */
  update(frame: Frame, candidates: readonly SnapshotCandidate[]): number[] {
    let copy: Frame | undefined;
    const better: number[] = [];
    for (const { trackId, label, score, sourceBox } of candidates) {
      const worth = score * Math.sqrt(visibleArea(sourceBox, frame));
      const kept = this.#best.get(trackId);
      if (kept === undefined ? this.#best.size >= MOST : worth < BETTER * kept.worth) continue;
      better.push(trackId);
      // One copy serves all tracks of a frame.
      copy ??= { ...frame, pixels: frame.pixels.slice(0) };
      this.#best.set(trackId, {
        frame: copy,
        detection: { label, score, box: sourceBox, classIndex: 0 },
        worth,
      });
    }
    return better;
  }

  /** The picture of a track that nobody wants any more. */
  forget(trackId: number): void {
    this.#best.delete(trackId);
  }

  /** Gives the picture of a track that has ended, once; nothing where none was kept. */
  async take(trackId: number): Promise<Picture | undefined> {
    const candidate = this.#best.get(trackId);
    this.#best.delete(trackId);
    if (candidate === undefined) return undefined;
    const { capturedAtMs, sourceSize } = candidate.frame;
    const jpeg = await this.#encode(candidate.frame, overlaySvg([candidate.detection], sourceSize));
    return { jpeg, capturedAtMs, sourceSize };
  }
}

/** Square pixels of the box; a box at the edge is only a part of its object. */
function visibleArea([x1, y1, x2, y2]: Box, { sourceSize: { width, height } }: Frame): number {
  const atEdge = x1 <= 1 || y1 <= 1 || x2 >= width - 1 || y2 >= height - 1;
  return (x2 - x1) * (y2 - y1) * (atEdge ? 0.25 : 1);
}
