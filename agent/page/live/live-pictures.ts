// Who looks at which camera -> a picture of it at a bounded rate while anybody does, one for all of them.

import { setTimeout as wait } from 'node:timers/promises';
import type { Size } from '../../../pipelines/frame.js';

export interface LivePicture {
  readonly jpeg: Buffer;
  /** Of the frame that it shows. */
  readonly sequence: number;
  readonly sourceSize: Size;
}

/** The one way in which pictures come. @param signal aborts once nobody looks any more */
export type TakePicture = (camera: string, signal: AbortSignal) => Promise<LivePicture>;

export interface LivePicturesOptions {
  readonly take: TakePicture;
  readonly intervalMs: number;
  readonly nowMs: () => number;
  readonly onPicture: (camera: string, picture: LivePicture) => void;
}

/** After one that could not be made. */
const RETRY_MS = 1000;

export class LivePictures {
  readonly #options: LivePicturesOptions;
  readonly #running = new Map<string, AbortController>();

  constructor(options: LivePicturesOptions) {
    this.#options = options;
  }

  /** @param watched by somebody, now */
  watch(watched: ReadonlySet<string>): void {
    for (const [camera, running] of this.#running)
      if (!watched.has(camera)) {
        this.#running.delete(camera);
        running.abort();
      }
    for (const camera of watched) {
      if (this.#running.has(camera)) continue;
      const running = new AbortController();
      this.#running.set(camera, running);
      void this.#run(camera, running.signal);
    }
  }

  async #run(camera: string, signal: AbortSignal): Promise<void> {
    const { take, intervalMs, nowMs, onPicture } = this.#options;
    while (!signal.aborted) {
      const beganMs = nowMs();
      const picture = await take(camera, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (picture !== undefined) onPicture(camera, picture);
      const restMs = picture === undefined ? RETRY_MS : intervalMs - (nowMs() - beganMs);
      // Its end is what `signal` tells.
      await wait(Math.max(0, restMs), undefined, { signal }).catch(() => {});
    }
  }
}
