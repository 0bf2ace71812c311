// Configuration -> the cameras of the daemon, and one stream of the newest frames of all of them.

import { Camera, type CameraStatus } from '../../pipelines/capture/camera.js';
import type { Frame, FrameSource, Size } from '../../pipelines/frame.js';
import type { FramePool } from '../../pipelines/frame-pool.js';
import type { PreferredElements } from '../../pipelines/launch.js';
import { NewestFrames } from '../../pipelines/newest.js';
import type { Config } from '../config/schema.js';
import { CameraLane } from './camera-lane.js';

export interface CamerasOptions {
  readonly cameras: Config['cameras'];
  readonly inputSize: Size;
  readonly pool: FramePool;
  /** Elements of GStreamer that suit the device. */
  readonly prefer?: PreferredElements;
  readonly onStatus: (camera: string, status: CameraStatus) => void;
}

export class Cameras {
  readonly #lanes: readonly CameraLane[];
  readonly #options: CamerasOptions;

  constructor(options: CamerasOptions) {
    this.#options = options;
    this.#lanes = Object.keys(options.cameras).map((id) => new CameraLane(id, () => this.#make(id)));
  }

  /** Opens those that the configuration does not switch off. */
  start(): void {
    for (const lane of this.#lanes) if (this.#options.cameras[lane.id]!.enabled) lane.open();
  }

  /** The newest frame of each camera, fairly; ends when every source has ended or the signal aborts. */
  frames(signal: AbortSignal): AsyncIterable<Frame> {
    const { pool } = this.#options;
    const sources = this.#lanes.map((lane) => this.#paced(lane));
    return new NewestFrames(sources, (pixels) => pool.release(pixels)).frames(signal);
  }

  isOpen(id: string): boolean {
    return this.#lane(id).isOpen;
  }

  open(id: string): void {
    this.#lane(id).open();
  }

  close(id: string): Promise<void> {
    return this.#lane(id).close();
  }

  restarts(id: string): number {
    return this.#lane(id).restarts;
  }

  /** For good. Safe to call twice; no capture process is left when it resolves. */
  async end(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.end()));
  }

  #lane(id: string): CameraLane {
    return this.#lanes.find((lane) => lane.id === id)!;
  }

  #make(id: string): Camera {
    const { cameras, inputSize, pool, prefer, onStatus } = this.#options;
    const { source, loop, stallTimeoutSeconds, motion } = cameras[id]!;
    return new Camera({
      id,
      uri: source,
      inputSize,
      pool,
      loop,
      stallTimeoutMs: stallTimeoutSeconds * 1000,
      motion: motion.enabled
        ? { lookEveryMs: motion.lookEverySeconds * 1000, keepLookingMs: motion.keepLookingSeconds * 1000 }
        : undefined,
      ...(prefer && { prefer }),
      onStatus: (status) => onStatus(id, status),
    });
  }

  #paced(lane: CameraLane): FrameSource {
    const { cameras, pool } = this.#options;
    const maxFps = cameras[lane.id]!.maxFps;
    if (maxFps === undefined) return lane;
    return { id: lane.id, frames: (signal) => atMost(maxFps, lane.frames(signal), pool) };
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
