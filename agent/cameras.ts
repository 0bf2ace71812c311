// Configuration -> the cameras of the daemon, and one stream of the newest frames of all of them.

import { Camera, type CameraStatus } from '../pipelines/capture/camera.js';
import type { Frame, FrameSource, Size } from '../pipelines/frame.js';
import type { FramePool } from '../pipelines/frame-pool.js';
import { NewestFrames } from '../pipelines/newest.js';
import type { Config } from './config/schema.js';

export interface CamerasOptions {
  readonly cameras: Config['cameras'];
  readonly inputSize: Size;
  readonly pool: FramePool;
  readonly onStatus: (camera: string, status: CameraStatus) => void;
}

export class Cameras {
  readonly #cameras: readonly Camera[];
  readonly #options: CamerasOptions;

  constructor(options: CamerasOptions) {
    const { cameras, inputSize, pool, onStatus } = options;
    this.#options = options;
    this.#cameras = Object.entries(cameras)
      .filter(([, { enabled }]) => enabled)
      .map(
        ([id, { source, loop, stallTimeoutSeconds }]) =>
          new Camera({
            id,
            uri: source,
            inputSize,
            pool,
            loop,
            stallTimeoutMs: stallTimeoutSeconds * 1000,
            onStatus: (status) => onStatus(id, status),
          }),
      );
  }

  start(): void {
    for (const camera of this.#cameras) camera.start();
  }

  /** The newest frame of each camera, fairly; ends when every source has ended or the signal aborts. */
  frames(signal: AbortSignal): AsyncIterable<Frame> {
    const { pool } = this.#options;
    const sources = this.#cameras.map((camera) => this.#paced(camera));
    return new NewestFrames(sources, (pixels) => pool.release(pixels)).frames(signal);
  }

  restarts(id: string): number {
    return this.#cameras.find((camera) => camera.id === id)?.counters.restarts ?? 0;
  }

  /** Safe to call twice; no capture process is left when it resolves. */
  async close(): Promise<void> {
    await Promise.all(this.#cameras.map((camera) => camera.close()));
  }

  #paced(camera: Camera): FrameSource {
    const { cameras, pool } = this.#options;
    const maxFps = cameras[camera.id]?.maxFps;
    if (maxFps === undefined) return camera;
    return { id: camera.id, frames: (signal) => atMost(maxFps, camera.frames(signal), pool) };
  }
}

/** Passes frames over, so that those left are `1 / fps` apart on average. */
export async function* atMost(
  fps: number,
  frames: AsyncIterable<Frame>,
  pool: FramePool,
): AsyncGenerator<Frame, void, undefined> {
  const periodMs = 1000 / fps;
  let dueMs = Number.NEGATIVE_INFINITY;
  for await (const frame of frames) {
    if (frame.capturedMonotonicMs < dueMs) {
      pool.release(frame.pixels);
      continue;
    }
    // Counted from when it was due, or a source of 30 fps limited to 20 would give 15; anew after a silence.
    const lateMs = frame.capturedMonotonicMs - dueMs;
    dueMs = (lateMs > periodMs ? frame.capturedMonotonicMs : dueMs) + periodMs;
    yield frame;
  }
}
