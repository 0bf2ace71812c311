// What analytics say, and to whom. Plain values: how they are sent is no business of theirs.

import type { FrameInfo } from '../inference/frame-path.js';
import type { Picture } from './picture.js';
import type { SceneCounts, SceneEvent } from './scene/events.js';
import type { Track } from './tracking/track.js';

/** The frame that something is said about, and when it is said. */
export interface SceneMoment {
  readonly frame: FrameInfo;
  /** CLOCK_MONOTONIC, as `frame.capturedMonotonicMs`. */
  readonly reportedMonotonicMs: number;
}

export type SceneTrack = Track & { readonly stationary: boolean };

export interface SceneListener {
  /** In the order in which they happened; their camera is the source of the frame. */
  events(events: readonly SceneEvent[], moment: SceneMoment): void;
  /** Given with each frame; the same object as before where no number changed. */
  counts(camera: string, counts: SceneCounts): void;
  /** The best picture of a track that has ended. */
  picture(camera: string, picture: Picture): void;
}
