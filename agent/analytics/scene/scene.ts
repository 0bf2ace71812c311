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

/** There is one per camera. Occupancy and totals begin at 0. */
export class Scene {
  readonly #options: FollowOptions;
  readonly #states = new Map<number, TrackState>();
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
    return this.#counts.latest;
  }

  isStationary(trackId: number): boolean {
    return this.#states.get(trackId)?.isStationary ?? false;
  }

  /**
   * Takes one frame. A track that the tracker no longer names has ended.
   *
   * @param capturedMonotonicMs of the frame; not before that of the last one
   */
  update({ tracks }: TrackerUpdate, sourceSize: Size, capturedMonotonicMs: number): SceneUpdate {
    const named = new Set(tracks.map(({ id }) => id));
    const gone = [...this.#states.keys()].filter((id) => !named.has(id));
    const events = this.#end(gone, capturedMonotonicMs);
    for (const track of tracks) {
      const state = this.#states.get(track.id) ?? new TrackState(track, this.#options);
      this.#states.set(track.id, state);
      events.push(...state.update(track, sourceSize, capturedMonotonicMs));
    }
    return this.#updateOf(events, capturedMonotonicMs);
  }

  /** The camera is lost: every object leaves its zones and ends. Totals of lines stay; start the tracker anew too. */
  clear(atMs: number): SceneUpdate {
    return this.#updateOf(this.#end([...this.#states.keys()], atMs), atMs);
  }

  #end(ids: readonly number[], atMs: number): SceneEvent[] {
    return ids.flatMap((id) => {
      const state = this.#states.get(id)!;
      this.#states.delete(id);
      return state.end(atMs);
    });
  }

  #updateOf(events: readonly SceneEvent[], atMs: number): SceneUpdate {
    return { events, counts: this.#counts.update(this.#states.values(), events, atMs) };
  }
}
