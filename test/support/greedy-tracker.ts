// Detections -> tracks the plain way, to compare with: the best overlap with where an object was last, one by one.

import { iou } from '../../models/decode/boxes.js';
import type { Box, Detection } from '../../models/detection.js';
import type { Identified } from './mot-metrics.js';

interface GreedyTrack {
  readonly id: number;
  label: string;
  box: Box;
  hits: number;
  lastSeenMs: number;
}

/** Same labels only; no prediction, no low scores, no optimum. */
export class GreedyTracker {
  #tracks: GreedyTrack[] = [];
  #nextId = 1;

  /** @returns the confirmed tracks of the frame's detections */
  update(detections: readonly Detection[], atMs: number): Identified[] {
    this.#tracks = this.#tracks.filter(({ lastSeenMs }) => atMs - lastSeenMs <= 2000);
    for (const { label, score, box } of detections.filter(({ score }) => score >= 0.5)) {
      const free = this.#tracks.filter((track) => track.lastSeenMs !== atMs && track.label === label);
      const overlaps = free.map((track) => iou(track.box, box));
      const best = free[overlaps.indexOf(Math.max(...overlaps))];
      if (best !== undefined && iou(best.box, box) >= 0.3)
        Object.assign(best, { box, hits: best.hits + 1, lastSeenMs: atMs });
      else if (score >= 0.6) this.#tracks.push({ id: this.#nextId++, label, box, hits: 1, lastSeenMs: atMs });
    }
    return this.#tracks
      .filter(({ hits, lastSeenMs }) => hits >= 3 && lastSeenMs === atMs)
      .map(({ id, box }) => ({ id, box }));
  }
}
