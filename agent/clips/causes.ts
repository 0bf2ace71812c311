// Events of a camera -> what a clip is kept of: since when, whether it lasts, and who had to do with it. Pure.

import type { SceneEvent } from '../analytics/scene/events.js';
import type { Clips } from '../config/clips.js';

interface Cause {
  readonly trackId: number;
  readonly zone: string | undefined;
  readonly sinceMs: number;
  /** It has had its clip, and begins no other. */
  isSpent: boolean;
}

export interface Concerned {
  readonly tracks: readonly { readonly id: number; readonly label: string }[];
  readonly zones: readonly string[];
  readonly lines: readonly string[];
}

type Wanted = Pick<Clips, 'of' | 'labels' | 'zones'>;

/** Times are CLOCK_MONOTONIC, as those of the events. */
export class Causes {
  readonly #lasting = new Map<string, Cause>();
  #endedMs = Number.NEGATIVE_INFINITY;
  #tracks = new Map<number, string>();
  #zones = new Set<string>();
  #lines = new Set<string>();

  /** @returns when the first of those began that have just come; nothing where none has */
  update(events: readonly SceneEvent[], wanted: Wanted): number | undefined {
    const begun = events.flatMap((event) => this.#take(event, wanted) ?? []);
    return begun.length === 0 ? undefined : Math.min(...begun);
  }

  /** Whether one lasts that has not had its clip. */
  get areLasting(): boolean {
    return [...this.#lasting.values()].some(({ isSpent }) => !isSpent);
  }

  /** When the last of them ended. */
  get endedMs(): number {
    return this.#endedMs;
  }

  /** Those that began before have had their clip. */
  spend(beforeMs: number): void {
    for (const cause of this.#lasting.values()) cause.isSpent ||= cause.sinceMs < beforeMs;
  }

  /** Who had to do with the clip that ends now; those that last and have not had theirs are of the next one too. */
  takeConcerned(): Concerned {
    const concerned = {
      tracks: [...this.#tracks].map(([id, label]) => ({ id, label })),
      zones: [...this.#zones],
      lines: [...this.#lines],
    };
    this.forgetEnded();
    return concerned;
  }

  /** Of who had to do with what has gone on, only those stay that last and have not had their clip. */
  forgetEnded(): void {
    const next = [...this.#lasting.values()].filter(({ isSpent }) => !isSpent);
    this.#tracks = new Map(next.map(({ trackId }) => [trackId, this.#tracks.get(trackId)!]));
    this.#zones = new Set(next.flatMap(({ zone }) => zone ?? []));
    this.#lines = new Set();
  }

  #take(event: SceneEvent, { of, labels, zones }: Wanted): number | undefined {
    const { trackId, atMs, firstSeenMs, lastSeenMs, label } = event;
    const zone = event.kind === 'zone' ? event.zone : undefined;
    const key = JSON.stringify([trackId, zone]);
    if (event.event === 'end' || event.event === 'leave') {
      if (this.#lasting.delete(key)) this.#endedMs = Math.max(this.#endedMs, lastSeenMs);
      return undefined;
    }
    const isWanted =
      of.includes(event.kind) &&
      (labels?.includes(label) ?? true) &&
      (zone === undefined || (zones?.includes(zone) ?? true));
    if (!isWanted || event.event === 'loiter') return undefined;
    const known = this.#lasting.get(key);
    // An object may get its label, and with it be wanted, only after a while.
    if (known?.isSpent !== true) this.#tracks.set(trackId, label);
    if (known !== undefined) return undefined;
    if (event.kind === 'line') {
      this.#lines.add(event.line);
      this.#endedMs = Math.max(this.#endedMs, atMs);
      return atMs;
    }
    if (zone !== undefined) this.#zones.add(zone);
    const sinceMs = event.event === 'start' ? firstSeenMs : atMs;
    this.#lasting.set(key, { trackId, zone, sinceMs, isSpent: false });
    return sinceMs;
  }
}
