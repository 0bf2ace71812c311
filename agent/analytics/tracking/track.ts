// What a tracker says of a camera's frame.

import type { Box } from '../../../models/detection.js';

/** One object, followed over frames. */
export interface Track {
  /** Counts from 1 over all cameras since the agent started. */
  readonly id: number;
  /** The label most of its detections agreed on, weighted by their scores. */
  readonly label: string;
  /** The score of its last detection, 0..1. */
  readonly score: number;
  /** The highest score of all its detections, also those from before it was a track. */
  readonly bestScore: number;
  /** In source pixels: the detection of this frame, or where the object is expected while it is not seen. */
  readonly sourceBox: Box;
  /** Whether a detection of this frame belongs to it. */
  readonly seen: boolean;
  /** CLOCK_MONOTONIC at capture, milliseconds. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

export interface TrackerUpdate {
  /** Confirmed tracks that are seen or expected to be seen again. */
  readonly tracks: readonly Track[];
  /** Confirmed tracks that have been given up with this frame, as they were last. */
  readonly ended: readonly Track[];
}
