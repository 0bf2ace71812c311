// What the tracker of a camera says, frame by frame -> events and counts of its objects, zones and lines. Pure.

import type { Size } from '../../../pipelines/frame.js';
import type { TrackerUpdate } from '../tracking/track.js';
import { Counts } from './counts.js';
import type { SceneCounts, SceneEvent } from './events.js';
import type { LineOptions } from './line.js';
import { type FollowOptions, TrackState } from './track-state.js';
import type { ZoneOptions } from './zone.js';

export interface SceneOptions {
  /** By id, as in the configuration of a camera. */
  readonly zones: Readonly<Record<string, ZoneOptions>>;
  readonly lines: Readonly<Record<string, LineOptions>>;
  /** Counted as 0 before any object of them is seen. Default none. */
  readonly labels?: readonly string[] | undefined;
  /** An object that keeps its place so long is stationary. */
  readonly stationarySeconds: number;
  /** The least time between two updates of a track; what changes in between is told then. Default 1. */
  readonly updateSeconds?: number | undefined;
}

export interface SceneUpdate {
  /** In the order in which they happened to each track. */
  readonly events: readonly SceneEvent[];
  /** The same object as that of the last update where no number changed. */
  readonly counts: SceneCounts;
}

/** One per camera. Occupancy and totals begin at 0. */
export class Scene {
  readonly #options: FollowOptions;
  readonly #followed = new Map<number, TrackState>();
  readonly #counts: Counts;

  constructor({ zones, lines, labels = [], stationarySeconds, updateSeconds = 1 }: SceneOptions) {
    this.#options = {
      zones: Object.entries(zones),
      lines: Object.entries(lines),
      stationaryMs: stationarySeconds * 1000,
      updateMs: updateSeconds * 1000,
    };
    this.#counts = new Counts(labels, Object.keys(zones), Object.keys(lines));
  }

  get counts(): SceneCounts {
    return this.#counts.said;
  }

  isStationary(trackId: number): boolean {
    return this.#followed.get(trackId)?.isStationary ?? false;
  }

  /**
   * One frame. A track that the tracker no longer names has ended.
   *
   * @param capturedMonotonicMs of the frame; not before that of the last one
   */
  update({ tracks }: TrackerUpdate, sourceSize: Size, capturedMonotonicMs: number): SceneUpdate {
    const named = new Set(tracks.map(({ id }) => id));
    const gone = [...this.#followed.keys()].filter((id) => !named.has(id));
    const events = this.#end(gone, capturedMonotonicMs);
    for (const track of tracks) {
      const followed = this.#followed.get(track.id) ?? new TrackState(track, this.#options);
      this.#followed.set(track.id, followed);
      events.push(...followed.see(track, sourceSize, capturedMonotonicMs));
    }
    return this.#said(events, capturedMonotonicMs);
  }

  /** The camera is lost: every object leaves its zones and ends. Totals of lines stay; start the tracker anew too. */
  clear(atMs: number): SceneUpdate {
    return this.#said(this.#end([...this.#followed.keys()], atMs), atMs);
  }

  #end(ids: readonly number[], atMs: number): SceneEvent[] {
    return ids.flatMap((id) => {
      const followed = this.#followed.get(id)!;
      this.#followed.delete(id);
      return followed.end(atMs);
    });
  }

  #said(events: readonly SceneEvent[], atMs: number): SceneUpdate {
    return { events, counts: this.#counts.of(this.#followed.values(), events, atMs) };
  }
}
