// Source URI -> a running camera with a real capture process, and waits for what it does.

import { setTimeout as wait } from 'node:timers/promises';
import { Camera } from '../../pipelines/capture/camera.js';
import type { CameraOptions, CameraStatus } from '../../pipelines/capture/camera-options.js';
import type { Frame } from '../../pipelines/frame.js';
import { FramePool } from '../../pipelines/frame-pool.js';

export interface RunningCamera {
  readonly camera: Camera;
  readonly statuses: CameraStatus[];
  /** @throws with the statuses seen, where it did not come true in time */
  until(what: string, isTrue: () => boolean, timeoutMs?: number): Promise<void>;
  /** The frame that came last; its pixels are no longer its own. */
  latest(): Frame | undefined;
  /** Frames that the source produced, over all restarts. */
  captured(): number;
  /** Frames come, counted from now. */
  untilFrames(count: number): Promise<void>;
  close(): Promise<void>;
}

export function startCamera(uri: string, options: Partial<CameraOptions> = {}): RunningCamera {
  const statuses: CameraStatus[] = [];
  const pool = new FramePool();
  let latest: Frame | undefined;
  const camera = new Camera({
    id: 'camera',
    uri,
    inputSize: { width: 96, height: 96 },
    pool,
    onFrame: (frame) => {
      latest = frame;
      pool.release(frame.pixels);
    },
    onStatus: (status) => statuses.push(status),
    stallTimeoutMs: 2000,
    ...options,
  });
  const captured = () => (latest === undefined ? 0 : latest.sequence + 1);
  camera.start();
  const until: RunningCamera['until'] = async (what, isTrue, timeoutMs = 60_000) => {
    const endMs = performance.now() + timeoutMs;
    while (!isTrue()) {
      if (performance.now() > endMs) throw new Error(`not ${what}; ${JSON.stringify(statuses.slice(-5))}`);
      await wait(20);
    }
  };
  return {
    camera,
    statuses,
    until,
    latest: () => latest,
    captured,
    untilFrames: (count) => {
      const wanted = captured() + count;
      return until(`${count} frames`, () => captured() >= wanted);
    },
    close: () => camera.close(),
  };
}
