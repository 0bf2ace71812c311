// Cameras that are lost and come back -> when what they saw no longer counts.

import type { CameraStatus } from '../../pipelines/capture/camera.js';
import type { FrameResult } from '../inference/frame-path.js';
import type { CameraAnalytics } from './camera-analytics.js';
import type { SceneTrack } from './reports.js';

type LossAware = Pick<CameraAnalytics, 'start' | 'update' | 'lost' | 'setScores'>;

export class Analytics {
  readonly #cameras: ReadonlyMap<string, LossAware>;
  readonly #lostAfterMs: number;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /**
   * @param analytics by camera
   * @param lostAfterMs a camera away for less keeps its objects: a restart of its capture takes half a second
   */
  constructor(analytics: ReadonlyMap<string, LossAware>, lostAfterMs: number) {
    this.#cameras = analytics;
    this.#lostAfterMs = lostAfterMs;
  }

  start(): void {
    for (const camera of this.#cameras.values()) camera.start();
  }

  update(result: FrameResult): SceneTrack[] {
    return this.#cameras.get(result.frame.source)?.update(result) ?? [];
  }

  setScores(camera: string, scores: Parameters<CameraAnalytics['setScores']>[0]): void {
    this.#cameras.get(camera)?.setScores(scores);
  }

  status(camera: string, { state }: CameraStatus): void {
    const analytics = this.#cameras.get(camera);
    if (analytics === undefined || state === 'starting') return;
    if (state === 'retrying') {
      if (!this.#timers.has(camera))
        this.#timers.set(
          camera,
          setTimeout(() => analytics.lost(), this.#lostAfterMs),
        );
      return;
    }
    clearTimeout(this.#timers.get(camera));
    this.#timers.delete(camera);
    if (state !== 'running') analytics.lost();
  }
}
