// Cameras of a configuration -> frames for a calibration: over some minutes, of whatever moves before each of them.

import { Condition } from '#common/condition.js';
import { misused } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import { Camera } from '../../../pipelines/capture/camera.js';
import type { CameraStatus } from '../../../pipelines/capture/camera-options.js';
import type { Frame, InputSize } from '../../../pipelines/frame.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { captureSettings } from '../../cameras/capture-settings.js';
import { loadConfig } from '../../config/load.js';
import type { Config } from '../../config/schema.js';

export interface CameraChoice {
  /** Configuration with them. */
  readonly config: string;
  /** Ids, or `all` for those that are enabled. */
  readonly camera: readonly string[];
  /** How long they are watched. */
  readonly minutes: number;
  /** Also frames in which nothing moves. */
  readonly still?: boolean;
  /** Of all cameras together. */
  readonly pictures: number;
}

const ALL_CAMERAS = 'all';
/** Of a scene in which nothing moves one frame in so long, as it is a part of what the camera sees. */
const STILL_MS = 60_000;
const KEEP_LOOKING_MS = 1000;

/**
 * As many of each camera as of the others, one for each part of the time in which something moves. The cameras are opened
 * beside an agent that may watch them.
 *
 * @param tell of cameras that gave nothing, in a line; the others go on
 * @throws CspcamError for cameras that the configuration does not have
 */
export async function* cameraFrames(
  choice: CameraChoice,
  inputSize: Required<InputSize>,
  tell: (line: string) => void,
  signal: AbortSignal,
): AsyncGenerator<Frame> {
  const chosen = chosenCameras((await loadConfig(choice.config)).cameras, choice.camera);
  const watchedMs = Math.round(60_000 * choice.minutes);
  const over = AbortSignal.any([signal, AbortSignal.timeout(watchedMs)]);
  const share = Math.max(1, Math.ceil(choice.pictures / chosen.length));
  const partMs = watchedMs / share;
  const frames: Frame[] = [];
  const came = new Condition();
  const pool = new FramePool();
  const watched = chosen.map(([id, settings]) => new Watched(id, settings, share, partMs));
  const cameras = watched.map(
    (one) =>
      new Camera({
        ...captureSettings(one.settings),
        id: one.id,
        uri: one.settings.detect ?? one.settings.source,
        inputSize,
        pool,
        loop: one.settings.loop,
        motion: choice.still ? undefined : { lookEveryMs: STILL_MS, keepLookingMs: KEEP_LOOKING_MS },
        onFrame: (frame) => {
          if (!over.aborted && one.takes(frame.capturedMonotonicMs)) frames.push(frame);
          else pool.release(frame.pixels);
          came.notify();
        },
        onStatus: (status) => {
          one.told(status);
          came.notify();
        },
      }),
  );
  try {
    for (const camera of cameras) camera.start();
    for (;;) {
      const frame = frames.shift();
      if (frame !== undefined) yield frame;
      else if (over.aborted || watched.every((one) => one.isOver)) break;
      else await came.wait({ signal: over });
    }
    for (const one of watched) if (one.taken === 0) tell(one.silence);
  } finally {
    await Promise.all(cameras.map((camera) => camera.close()));
  }
}

/** @throws CspcamError for an id that is not there */
function chosenCameras(
  cameras: Config['cameras'],
  ids: readonly string[],
): [string, Config['cameras'][string]][] {
  if (ids.includes(ALL_CAMERAS)) return Object.entries(cameras).filter(([, { enabled }]) => enabled);
  return ids.map((id) => {
    const camera = Object.hasOwn(cameras, id) ? cameras[id] : undefined;
    if (camera === undefined)
      throw misused(`one of the cameras ${Object.keys(cameras).join(', ')}`, '--camera', id);
    return [id, camera];
  });
}

class Watched {
  status: CameraStatus = { state: 'starting' };
  taken = 0;
  #nextMs = Number.NEGATIVE_INFINITY;
  #lastFailure: string | undefined;

  constructor(
    readonly id: string,
    readonly settings: Config['cameras'][string],
    private readonly share: number,
    private readonly partMs: number,
  ) {}

  /** One frame for each part of the time, and no more than its share. */
  takes(atMs: number): boolean {
    if (this.taken >= this.share || atMs < this.#nextMs) return false;
    this.#nextMs = atMs + this.partMs;
    this.taken++;
    return true;
  }

  told(status: CameraStatus): void {
    this.status = status;
    if (status.state === 'retrying') this.#lastFailure = status.message;
  }

  get isOver(): boolean {
    return this.taken >= this.share || this.status.state === 'ended';
  }

  get silence(): string {
    return `no frames of camera ${this.id}: ${redactText(this.#lastFailure ?? 'it did not answer')}`;
  }
}
