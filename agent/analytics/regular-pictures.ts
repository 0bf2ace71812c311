// Cameras of which pictures are wanted at regular times -> one of each in so long, while it runs.

import { type Clock, systemClock } from '#common/clock.js';
import type { Part } from '#common/part.js';
import type { Picture } from './picture.js';

export interface RegularPicturesOptions {
  /** From one picture to the next, by camera. */
  readonly everyMs: ReadonlyMap<string, number>;
  /** Whether frames of the camera come. */
  readonly isRunning: (camera: string) => boolean;
  /** A picture of now. */
  readonly take: (camera: string) => Promise<Picture>;
  readonly publish: (camera: string, picture: Picture) => void;
  readonly onError: (camera: string, error: Error) => void;
  readonly clock?: Clock;
}

export class RegularPictures implements Part {
  readonly #options: RegularPicturesOptions;
  readonly #clock: Clock;
  readonly #cancel = new Map<string, () => void>();
  /** Cameras whose picture has not come yet. */
  readonly #taking = new Set<string>();
  #isStopped = false;

  constructor(options: RegularPicturesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (const camera of this.#options.everyMs.keys()) this.#wait(camera);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#cancel.values()) cancel();
    this.#cancel.clear();
  }

  #wait(camera: string): void {
    const everyMs = this.#options.everyMs.get(camera)!;
    const act = () => {
      void this.#take(camera);
      this.#wait(camera);
    };
    this.#cancel.set(camera, this.#clock.after(everyMs, act));
  }

  async #take(camera: string): Promise<void> {
    const { isRunning, take, publish, onError } = this.#options;
    if (this.#taking.has(camera) || !isRunning(camera)) return;
    this.#taking.add(camera);
    try {
      const picture = await take(camera);
      if (!this.#isStopped) publish(camera, picture);
    } catch (error) {
      onError(camera, error as Error);
    } finally {
      this.#taking.delete(camera);
    }
  }
}
