// Configuration -> the cameras of the daemon, opened and closed while it runs, and one stream of their newest frames.

import type { Part } from '#common/part.js';
import { Camera, type CameraOptions, type CameraStatus } from '../../pipelines/capture/camera.js';
import type { Frame, InputSize } from '../../pipelines/frame.js';
import type { FramePool } from '../../pipelines/frame-pool.js';
import type { PreferredElements } from '../../pipelines/launch.js';
import { NewestFrames } from '../../pipelines/newest.js';
import type { Config } from '../config/schema.js';
import { FrameRateLimit } from './frame-rate-limit.js';

export interface CamerasOptions {
  readonly cameras: Config['cameras'];
  /** Which cameras are opened at the start; default those that the configuration does not switch off. */
  readonly isEnabled?: (camera: string) => boolean;
  readonly inputSize: InputSize;
  readonly pool: FramePool;
  /** Elements of GStreamer that suit the device. */
  readonly prefer?: PreferredElements;
  readonly onStatus: (camera: string, status: CameraStatus) => void;
  /** Starts a capture; by default a process with a GStreamer pipeline. */
  readonly capture?: CameraOptions['capture'];
}

/** One camera of the configuration. Each opening has a `Camera` of its own, as a closed one stays closed. */
interface Lane {
  readonly limit: FrameRateLimit | undefined;
  camera: Camera | undefined;
  restartsBefore: number;
  /** Its recording has come to its end since it was opened. */
  hasEnded: boolean;
}

export class Cameras implements Part {
  readonly #options: CamerasOptions;
  readonly #lanes: ReadonlyMap<string, Lane>;
  readonly #newest: NewestFrames;
  #stopping: Promise<void> | undefined;

  constructor(options: CamerasOptions) {
    const { cameras, pool } = options;
    this.#options = options;
    this.#lanes = new Map(
      Object.entries(cameras).map(([id, { maxFps }]) => {
        const limit = maxFps === undefined ? undefined : new FrameRateLimit(maxFps);
        return [id, { limit, camera: undefined, restartsBefore: 0, hasEnded: false }];
      }),
    );
    this.#newest = new NewestFrames([...this.#lanes.keys()], (pixels) => pool.release(pixels));
  }

  /** Opens those that are not switched off; their captures start in the background. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { cameras, isEnabled = (id) => cameras[id]!.enabled } = this.#options;
    for (const id of Object.keys(cameras)) if (isEnabled(id)) this.open(id);
  }

  /** The newest frame of each camera, fairly; ends when every source has ended or the signal aborts. Call once. */
  frames(signal: AbortSignal): AsyncIterable<Frame> {
    return this.#newest.frames(signal);
  }

  isOpen(id: string): boolean {
    return this.#lane(id).camera !== undefined;
  }

  /** Nothing happens where it is open, or all have been stopped. */
  open(id: string): void {
    const lane = this.#lane(id);
    if (lane.camera !== undefined || this.#stopping !== undefined) return;
    lane.hasEnded = false;
    lane.camera = this.#make(id, lane);
    lane.camera.start();
  }

  /** No process of it is left when it resolves; a frame that it has given is still handed over. */
  async close(id: string): Promise<void> {
    const lane = this.#lane(id);
    const { camera } = lane;
    if (camera === undefined) return;
    await camera.close();
    // Whoever closed it at the same time may have been first.
    if (lane.camera !== camera) return;
    lane.restartsBefore += camera.restarts;
    lane.camera = undefined;
  }

  /** How often its captures were started again after a failure, over all openings. */
  restarts(id: string): number {
    const { restartsBefore, camera } = this.#lane(id);
    return restartsBefore + (camera?.restarts ?? 0);
  }

  /** Closes all for good: no capture process is left when it resolves. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#newest.end();
    await Promise.all([...this.#lanes.keys()].map((id) => this.close(id)));
  }

  #lane(id: string): Lane {
    return this.#lanes.get(id)!;
  }

  #make(id: string, lane: Lane): Camera {
    const { cameras, inputSize, pool, prefer, capture } = this.#options;
    const {
      source,
      loop,
      stallTimeoutSeconds,
      keyFrameTimeoutSeconds,
      memoryLimitMegabytes,
      motion,
      transport,
      tls,
    } = cameras[id]!;
    return new Camera({
      id,
      uri: source,
      inputSize,
      pool,
      loop,
      stallTimeoutMs: stallTimeoutSeconds * 1000,
      keyFrameTimeoutMs: keyFrameTimeoutSeconds * 1000,
      memoryBytes: memoryLimitMegabytes * 1e6,
      transport,
      tls,
      motion: motion.enabled
        ? { lookEveryMs: motion.lookEverySeconds * 1000, keepLookingMs: motion.keepLookingSeconds * 1000 }
        : undefined,
      ...(prefer && { prefer }),
      ...(capture && { capture }),
      onFrame: (frame) => {
        if (lane.limit?.passes(frame.capturedMonotonicMs) ?? true) this.#newest.put(frame);
        else pool.release(frame.pixels);
      },
      onStatus: (status) => {
        this.#options.onStatus(id, status);
        if (status.state === 'ended') this.#onRecordingEnd(lane);
      },
    });
  }

  #onRecordingEnd(lane: Lane): void {
    lane.hasEnded = true;
    if ([...this.#lanes.values()].every(({ hasEnded }) => hasEnded)) this.#newest.end();
  }
}
