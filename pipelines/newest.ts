// Several sources -> one stream of frames: the newest of each, the source served longest ago first. Pure.

import { Condition } from '#common/condition.js';
import type { Frame, FrameSource } from './frame.js';

interface Lane {
  readonly source: FrameSource;
  waiting: Frame | undefined;
  /** Turn of the last frame served. */
  served: number;
  dropped: number;
  ended: boolean;
}

/** One slot per source, so that a slow consumer sees new frames and a fast source cannot starve a slow one. */
export class NewestFrames {
  readonly #lanes: Lane[];
  readonly #release: (pixels: ArrayBuffer) => void;
  readonly #changed = new Condition();
  #failure: { readonly error: unknown } | undefined;

  /** @param release gets the buffer of each frame that a newer one replaced */
  constructor(sources: readonly FrameSource[], release: (pixels: ArrayBuffer) => void) {
    this.#lanes = sources.map((source) => ({
      source,
      waiting: undefined,
      served: 0,
      dropped: 0,
      ended: false,
    }));
    this.#release = release;
  }

  /** Frames replaced before they were served, by source id. */
  get dropped(): ReadonlyMap<string, number> {
    return new Map(this.#lanes.map(({ source, dropped }) => [source.id, dropped]));
  }

  /** Ends when all sources have ended or the signal aborts. Call once. @throws what a source throws */
  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const stop = new AbortController();
    const all = AbortSignal.any([signal, stop.signal]);
    const pumps = this.#lanes.map((lane) => this.#pump(lane, all));
    try {
      for (let turn = 1; !signal.aborted; ) {
        if (this.#failure !== undefined) throw this.#failure.error;
        const lane = this.#next();
        if (lane?.waiting !== undefined) {
          const frame = lane.waiting;
          lane.waiting = undefined;
          lane.served = turn++;
          yield frame;
        } else if (this.#lanes.every(({ ended }) => ended)) return;
        else await this.#changed.wait({ signal });
      }
    } finally {
      stop.abort();
      await Promise.all(pumps);
      for (const lane of this.#lanes) if (lane.waiting !== undefined) this.#release(lane.waiting.pixels);
    }
  }

  #next(): Lane | undefined {
    const ready = this.#lanes.filter(({ waiting }) => waiting !== undefined);
    return ready.reduce<Lane | undefined>(
      (best, lane) => (best && best.served <= lane.served ? best : lane),
      undefined,
    );
  }

  async #pump(lane: Lane, signal: AbortSignal): Promise<void> {
    try {
      for await (const frame of lane.source.frames(signal)) {
        if (lane.waiting !== undefined) {
          lane.dropped += 1;
          this.#release(lane.waiting.pixels);
        }
        lane.waiting = frame;
        this.#changed.notify();
      }
    } catch (error) {
      this.#failure ??= { error };
    }
    lane.ended = true;
    this.#changed.notify();
  }
}
