// One camera of the configuration, opened and closed by request -> one stream of frames over all of that.

import { Condition } from '#common/condition.js';
import type { Camera } from '../../pipelines/capture/camera.js';
import type { Frame, FrameSource } from '../../pipelines/frame.js';

export type OpenedCamera = Pick<Camera, 'start' | 'close' | 'frames' | 'status' | 'counters'>;

/** `frames` goes on from one opening to the next, until `end()` or the end of a recording. */
export class CameraLane implements FrameSource {
  readonly id: string;
  readonly #make: () => OpenedCamera;
  #camera: OpenedCamera | undefined;
  #restartsBefore = 0;
  #ended = false;
  readonly #changed = new Condition();

  /** @param make a camera that has not been started */
  constructor(id: string, make: () => OpenedCamera) {
    this.id = id;
    this.#make = make;
  }

  get isOpen(): boolean {
    return this.#camera !== undefined;
  }

  /** Over all openings. */
  get restarts(): number {
    return this.#restartsBefore + (this.#camera?.counters.restarts ?? 0);
  }

  /** Nothing happens where it is open. */
  open(): void {
    if (this.#camera !== undefined || this.#ended) return;
    this.#camera = this.#make();
    this.#camera.start();
    this.#changed.notify();
  }

  /** No process of it is left when it resolves. */
  async close(): Promise<void> {
    const camera = this.#camera;
    if (camera === undefined) return;
    await camera.close();
    this.#restartsBefore += camera.counters.restarts;
    this.#camera = undefined;
  }

  /** For good. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#changed.notify();
    await this.close();
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    let followed: OpenedCamera | undefined;
    while (!signal.aborted && !this.#ended) {
      const camera = this.#camera;
      if (camera === undefined || camera === followed) {
        await this.#changed.wait({ signal });
        continue;
      }
      followed = camera;
      yield* camera.frames(signal);
      if (camera.status.state === 'ended') return;
    }
  }
}
