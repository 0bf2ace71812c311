// Objects that are followed -> counts by label, zone and line. Pure.

import type { Direction, LineCount, SceneCounts, SceneEvent } from './events.js';
import type { TrackState } from './track-state.js';

/** A detector that misses an object for a few frames does not make the count blink. */
const RECENT_MS = 1000;

export class Counts {
  /** Every label met, in the order of their first appearance: one that is gone is counted as 0. */
  readonly #labels: Set<string>;
  readonly #zones: readonly string[];
  readonly #lines: Map<string, Record<Direction, number>>;
  #latest: SceneCounts;

  constructor(labels: readonly string[], zones: readonly string[], lines: readonly string[]) {
    this.#labels = new Set(labels);
    this.#zones = zones;
    this.#lines = new Map(lines.map((id) => [id, { in: 0, out: 0 }]));
    this.#latest = this.#count([], 0);
  }

  /** What the last update came to. */
  get latest(): SceneCounts {
    return this.#latest;
  }

  /** @returns the same object as before where no number changed */
  update(followed: Iterable<TrackState>, events: readonly SceneEvent[], atMs: number): SceneCounts {
    for (const event of events) {
      this.#labels.add(event.label);
      if (event.kind === 'line') this.#lines.get(event.line)![event.direction]++;
    }
    const counts = this.#count([...followed], atMs);
    if (JSON.stringify(counts) !== JSON.stringify(this.#latest)) this.#latest = counts;
    return this.#latest;
  }

  #count(followed: readonly TrackState[], atMs: number): SceneCounts {
    for (const { track } of followed) this.#labels.add(track.label);
    const visible = followed.filter(({ track }) => atMs - track.lastSeenMs <= RECENT_MS);
    const labels = this.#byLabel((label) => {
      const those = visible.filter(({ track }) => track.label === label);
      return { visible: those.length, stationary: those.filter(({ isStationary }) => isStationary).length };
    });
    const zones = this.#zones.map((zone) => {
      const within = followed.filter(({ zones: of }) => of.includes(zone));
      return [
        zone,
        this.#byLabel((label) => within.filter(({ track }) => track.label === label).length),
      ] as const;
    });
    const lines = [...this.#lines].map(([id, count]): [string, LineCount] => [id, { ...count }]);
    return { labels, zones: Object.fromEntries(zones), lines: Object.fromEntries(lines) };
  }

  #byLabel<Count>(count: (label: string) => Count): Record<string, Count> {
    return Object.fromEntries([...this.#labels].map((label) => [label, count(label)]));
  }
}
