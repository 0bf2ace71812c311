// What was found on a camera's frames -> its tracks, and messages: events, counts, pictures.

import type { Frame } from '../../pipelines/frame.js';
import type { FrameResult } from '../inference/frame-path.js';
import { eventBody, type FrameContext, type Picture } from '../messaging/payloads.js';
import type { Body, Message } from '../messaging/schemas.js';
import type { SceneCounts, SceneEvent } from './scene/events.js';
import type { Scene } from './scene/scene.js';
import type { Snapshots } from './snapshots.js';
import type { Track } from './tracking/track.js';
import type { ByteTracker } from './tracking/tracker.js';

export interface CameraAnalyticsOptions {
  readonly camera: string;
  /** Name of the model. */
  readonly model: string;
  readonly tracker: Pick<ByteTracker, 'update' | 'clear' | 'setScores'>;
  readonly scene: Scene;
  readonly snapshots: Snapshots;
  readonly publish: (message: Message) => void;
  readonly publishPicture: (picture: Picture) => void;
  readonly onError: (error: Error) => void;
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly now: () => number;
}

/** The best of a frame; the work of matching grows with the square and more. */
const MOST_FOLLOWED = 150;

export type SceneTrack = Track & { readonly stationary: boolean };

/** One per camera. */
export class CameraAnalytics {
  readonly #options: CameraAnalyticsOptions;
  /** Of each count, zone and line: what was published last. */
  readonly #published = new Map<string, string>();
  #lastFrame: Omit<Frame, 'pixels'> | undefined;

  constructor(options: CameraAnalyticsOptions) {
    this.#options = options;
  }

  /** Counts of the time before are retained at the broker: they begin at 0 with the agent. */
  start(): void {
    this.#count(this.#options.scene.counts);
  }

  setScores(scores: { readonly highScore: number; readonly startScore: number }): void {
    this.#options.tracker.setScores(scores);
  }

  /** @returns the tracks to publish with the frame's detections */
  update({ frame, sourceDetections }: FrameResult): SceneTrack[] {
    const { tracker, scene, snapshots } = this.#options;
    const { pixels, ...place } = frame;
    const unchangedMs = unchangedBetween(this.#lastFrame, place);
    this.#lastFrame = place;
    const found = sourceDetections.slice(0, MOST_FOLLOWED);
    const update = tracker.update(found, frame.capturedMonotonicMs, unchangedMs);
    const { events, counts } = scene.update(update, frame.sourceSize, frame.capturedMonotonicMs);
    const seen = update.tracks.filter((track) => track.seen);
    snapshots.update(
      frame,
      seen.map(({ id: trackId, label, score, sourceBox }) => ({ trackId, label, score, sourceBox })),
    );
    this.#tell(events, counts);
    return update.tracks.map((track) => ({ ...track, stationary: scene.isStationary(track.id) }));
  }

  /** The camera has been away too long: what it saw last may have gone. */
  lost(): void {
    const { scene, tracker, now } = this.#options;
    tracker.clear();
    const { events, counts } = scene.clear(now());
    this.#tell(events, counts);
  }

  #tell(events: readonly SceneEvent[], counts: SceneCounts): void {
    const { camera, model, publish, now } = this.#options;
    if (this.#lastFrame !== undefined) {
      const context: FrameContext = { camera, frame: this.#lastFrame, model, nowMonotonicMs: now() };
      for (const event of events) publish({ kind: 'events', body: eventBody(event, context) });
    }
    this.#count(counts);
    for (const { kind, event, trackId } of events)
      if (kind === 'track' && event === 'end') this.#picture(trackId);
  }

  #count({ labels, zones, lines }: SceneCounts): void {
    const { camera } = this.#options;
    for (const [label, { visible, stationary }] of Object.entries(labels))
      this.#changed('count', { camera, label, count: visible, stationary });
    for (const [zone, byLabel] of Object.entries(zones)) {
      const count = Object.values(byLabel).reduce((sum, one) => sum + one, 0);
      this.#changed('zone', { camera, zone, occupied: count > 0, count, byLabel: { ...byLabel } });
    }
    for (const [line, { in: inward, out }] of Object.entries(lines))
      this.#changed('line', { camera, line, in: inward, out });
  }

  #changed<Kind extends 'count' | 'zone' | 'line'>(kind: Kind, body: Body<Kind>): void {
    const key = JSON.stringify([kind, 'label' in body ? body.label : 'zone' in body ? body.zone : body.line]);
    const value = JSON.stringify(body);
    if (this.#published.get(key) === value) return;
    this.#published.set(key, value);
    this.#options.publish({ kind, body } as Message);
  }

  #picture(trackId: number): void {
    const { snapshots, publishPicture, onError } = this.#options;
    snapshots.take(trackId).then((picture) => picture && publishPicture(picture), onError);
  }
}

type Counted = Pick<Frame, 'sequence' | 'skipped' | 'capturedMonotonicMs'>;

/** Skipped frames, of all between two that were looked at, say how much of the time nothing moved. */
function unchangedBetween(before: Counted | undefined, now: Counted): number {
  if (before === undefined || now.sequence <= before.sequence) return 0;
  const skipped = (now.skipped ?? 0) - (before.skipped ?? 0);
  const share = Math.min(1, Math.max(0, skipped / (now.sequence - before.sequence)));
  return share * (now.capturedMonotonicMs - before.capturedMonotonicMs);
}
