// One track, frame by frame -> its events: start, zones, lines, update, end. Pure.

import type { Size } from '../../../pipelines/frame.js';
import type { Track } from '../tracking/track.js';
import type { Direction, SceneEvent } from './events.js';
import { observe } from './filter.js';
import { LineCrossing, type LineOptions } from './line.js';
import { StationaryDetector } from './stationary-detector.js';
import { type ZoneChange, type ZoneOptions, ZoneVisit } from './zone.js';

export interface FollowOptions {
  readonly zones: readonly (readonly [id: string, zone: ZoneOptions])[];
  readonly lines: readonly (readonly [id: string, line: LineOptions])[];
  /** An object that keeps its place so long is stationary. */
  readonly stationaryMs: number;
  /** The least time between two updates of a track. */
  readonly updateMs: number;
}

export class TrackState {
  readonly #options: FollowOptions;
  readonly #visits: readonly { readonly id: string; readonly visit: ZoneVisit }[];
  readonly #crossings: readonly { readonly id: string; readonly crossing: LineCrossing }[];
  readonly #stationary: StationaryDetector;
  readonly #visited = new Set<string>();
  #track: Track;
  /** The last event of the track itself, and what it said of its standing. */
  #reported: { readonly standing: string; readonly atMs: number } | undefined;

  constructor(track: Track, options: FollowOptions) {
    this.#track = track;
    this.#options = options;
    this.#visits = options.zones.map(([id, zone]) => ({ id, visit: new ZoneVisit(zone) }));
    this.#crossings = options.lines.map(([id, line]) => ({ id, crossing: new LineCrossing(line) }));
    this.#stationary = new StationaryDetector(options.stationaryMs);
  }

  get track(): Track {
    return this.#track;
  }

  get isStationary(): boolean {
    return this.#stationary.isStationary;
  }

  get zones(): readonly string[] {
    return this.#visits.filter(({ visit }) => visit.isInside).map(({ id }) => id);
  }

  /** A track that is not seen stays where it was: where it is expected, it has not been. */
  update(track: Track, sourceSize: Size, atMs: number): SceneEvent[] {
    this.#track = track;
    const start = this.#reported === undefined ? [this.#report('start', atMs)] : [];
    const moves = track.seen ? this.#move(sourceSize, atMs) : [];
    const update = this.#isUpdateDue(atMs) ? [this.#report('update', atMs)] : [];
    return [...start, ...moves, ...update];
  }

  end(atMs: number): SceneEvent[] {
    const crossed = this.#crossings.flatMap(({ id, crossing }) => this.#lineEvents(id, crossing.end(), atMs));
    const left = this.#visits.flatMap(({ id, visit }) => this.#zoneEvents(id, visit.end(), atMs));
    const durationMs = this.#track.lastSeenMs - this.#track.firstSeenMs;
    const end = { durationMs, zonesVisited: [...this.#visited] };
    return [...crossed, ...left, { ...this.#facts(atMs), kind: 'track', event: 'end', ...end }];
  }

  #move(sourceSize: Size, atMs: number): SceneEvent[] {
    const observation = observe(this.#track, sourceSize);
    this.#stationary.update(observation, atMs);
    const changes = this.#visits.map(({ id, visit }) => ({ id, of: visit.update(observation, atMs) }));
    return [
      ...changes.flatMap(({ id, of }) => this.#zoneEvents(id, of, atMs)),
      ...this.#crossings.flatMap(({ id, crossing }) =>
        this.#lineEvents(id, crossing.update(observation), atMs),
      ),
    ];
  }

  #lineEvents(line: string, direction: Direction | undefined, atMs: number): SceneEvent[] {
    if (direction === undefined) return [];
    return [{ ...this.#facts(atMs), kind: 'line', event: 'cross', line, direction }];
  }

  #zoneEvents(zone: string, changes: readonly ZoneChange[], atMs: number): SceneEvent[] {
    return changes.map((change) => {
      if (change.event === 'enter') this.#visited.add(zone);
      return { ...this.#facts(atMs), kind: 'zone', zone, ...change };
    });
  }

  #facts(atMs: number) {
    const { id: trackId, label, score, bestScore, sourceBox, firstSeenMs, lastSeenMs } = this.#track;
    const { zones, isStationary: stationary } = this;
    return { atMs, trackId, label, score, bestScore, sourceBox, zones, stationary, firstSeenMs, lastSeenMs };
  }

  #report(event: 'start' | 'update', atMs: number): SceneEvent {
    this.#reported = { standing: this.#standing(), atMs };
    return { ...this.#facts(atMs), kind: 'track', event };
  }

  #isUpdateDue(atMs: number): boolean {
    const { standing, atMs: reportedMs } = this.#reported!;
    return atMs - reportedMs >= this.#options.updateMs && standing !== this.#standing();
  }

  /** An update is due where this has changed. */
  #standing(): string {
    return JSON.stringify([this.#track.label, this.zones, this.isStationary]);
  }
}
