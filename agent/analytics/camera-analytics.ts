// What was found on a camera's frames -> its tracks, events, counts and pictures.

import type { FrameInfo, FrameResult } from '../inference/frame-path.js';
import type { SceneListener, SceneTrack } from './reports.js';
import type { SceneCounts, SceneEvent } from './scene/events.js';
import type { Scene } from './scene/scene.js';
import type { Snapshots } from './snapshots.js';
import type { Track } from './tracking/track.js';
import type { ByteTracker } from './tracking/tracker.js';

/** Nothing where no picture may be made. */
type TrackPictures =
  | (Pick<Snapshots, 'take'> &
      Partial<Pick<Snapshots, 'frameOf'>> & { update(...given: Parameters<Snapshots['update']>): void })
  | undefined;

export interface CameraAnalyticsOptions {
  readonly camera: string;
  readonly tracker: Pick<ByteTracker, 'update' | 'clear' | 'setScores'>;
  readonly scene: Scene;
  readonly snapshots: TrackPictures;
  readonly listener: SceneListener;
  readonly onError: (error: Error) => void;
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly now: () => number;
}

/** The best of a frame; the work of matching grows with the square and more. */
const MOST_FOLLOWED = 150;

/** There is one per camera. */
export class CameraAnalytics {
  readonly #options: CameraAnalyticsOptions;
  #snapshots: TrackPictures;
  #lastFrame: FrameInfo | undefined;
  /** Of the latest capture so far: time stamps of a stream may go back. */
  #atMs = Number.NEGATIVE_INFINITY;
  /** The pictures so far have been told of. */
  #pictured: Promise<void> = Promise.resolve();

  constructor(options: CameraAnalyticsOptions) {
    this.#options = options;
    this.#snapshots = options.snapshots;
  }

  /** Tells the counts as they are before any frame: 0. */
  start(): void {
    const { camera, listener, scene } = this.#options;
    listener.counts(camera, scene.counts);
  }

  setScores(scores: { readonly highScore: number; readonly startScore: number }): void {
    this.#options.tracker.setScores(scores);
  }

  /** Pictures are made another way from now on, or no more; those that were taken so far are told of no more. */
  setSnapshots(snapshots: TrackPictures): void {
    this.#snapshots = snapshots;
  }

  /** @returns the tracks to tell of with the frame's detections */
  update({ frame, sourceDetections, second }: FrameResult): SceneTrack[] {
    const { tracker, scene } = this.#options;
    const { pixels, ...place } = frame;
    const unchangedMs = unchangedBetween(this.#lastFrame, place);
    this.#lastFrame = place;
    this.#atMs = Math.max(this.#atMs, frame.capturedMonotonicMs);
    const found = sourceDetections.slice(0, MOST_FOLLOWED);
    const windows = second?.windows.map(({ window }) => window);
    const update = tracker.update(found, this.#atMs, unchangedMs, windows);
    const { events, counts } = scene.update(update, frame.sourceSize, this.#atMs);
    const seen = update.tracks.filter((track) => track.seen);
    this.#snapshots?.update(
      frame,
      seen.map(({ id: trackId, label, score, sourceBox }) => ({ trackId, label, score, sourceBox })),
    );
    this.#tell(events, counts);
    return update.tracks.map((track) => sceneTrack(track, scene.isStationary(track.id)));
  }

  /** The camera has been away too long: what it saw last may have gone. */
  lost(): void {
    const { scene, tracker, now } = this.#options;
    tracker.clear();
    const { events, counts } = scene.clear(now());
    this.#tell(events, counts);
  }

  #tell(events: readonly SceneEvent[], counts: SceneCounts): void {
    const { camera, listener, now } = this.#options;
    if (this.#lastFrame !== undefined)
      listener.events(
        events.map((event) => this.#withSnapshot(event)),
        { frame: this.#lastFrame, reportedMonotonicMs: now() },
      );
    listener.counts(camera, counts);
    for (const { kind, event, trackId } of events)
      if (kind === 'track' && event === 'end') this.#picture(trackId);
  }

  #withSnapshot(event: SceneEvent): SceneEvent {
    if (event.kind !== 'track' || event.event !== 'end') return event;
    const frame = this.#snapshots?.frameOf?.(event.trackId);
    return frame === undefined ? event : { ...event, snapshot: frame };
  }

  #picture(trackId: number): void {
    const { camera, listener, onError } = this.#options;
    const by = this.#snapshots;
    const taken = by?.take(trackId).catch(onError);
    const before = this.#pictured;
    // The broker keeps the last one: that of the object that ended last, and not of who took longest.
    this.#pictured = (async () => {
      const picture = await taken;
      await before;
      if (picture && by === this.#snapshots) listener.picture(camera, picture);
    })();
  }
}

type Counted = Pick<FrameInfo, 'sequence' | 'skipped' | 'capturedMonotonicMs'>;

/** Skipped frames, of all between two that were inferred, say how much of the time nothing moved. */
function unchangedBetween(before: Counted | undefined, now: Counted): number {
  if (before === undefined || now.sequence <= before.sequence) return 0;
  const skipped = (now.skipped ?? 0) - (before.skipped ?? 0);
  const share = Math.min(1, Math.max(0, skipped / (now.sequence - before.sequence)));
  return share * (now.capturedMonotonicMs - before.capturedMonotonicMs);
}

/** Spread would leave the numbers in V8's old space, for nothing but whole collections to take: some of each frame. */
function sceneTrack(
  { id, label, score, bestScore, sourceBox, seen, firstSeenMs, lastSeenMs }: Track,
  stationary: boolean,
): SceneTrack {
  return { id, label, score, bestScore, sourceBox, seen, firstSeenMs, lastSeenMs, stationary };
}
