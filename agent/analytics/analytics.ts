// Cameras that are lost and come back -> when what they saw no longer counts.

import type { CameraStatus } from '../../pipelines/capture/camera.js';
import type { Looked } from '../inference/frame-path.js';
import type { Watch, WatchedTrack } from './camera-analytics.js';

type Watching = Pick<Watch, 'start' | 'see' | 'lost' | 'setScores'>;

export class Watches {
  readonly #watches: ReadonlyMap<string, Watching>;
  readonly #lostAfterMs: number;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /**
   * @param watches by camera
   * @param lostAfterMs a camera away for less keeps its objects: a restart of its capture takes half a second
   */
  constructor(watches: ReadonlyMap<string, Watching>, lostAfterMs: number) {
    this.#watches = watches;
    this.#lostAfterMs = lostAfterMs;
  }

  start(): void {
    for (const watch of this.#watches.values()) watch.start();
  }

  see(looked: Looked): WatchedTrack[] {
    return this.#watches.get(looked.frame.source)?.see(looked) ?? [];
  }

  setScores(camera: string, scores: Parameters<Watch['setScores']>[0]): void {
    this.#watches.get(camera)?.setScores(scores);
  }

  status(camera: string, { state }: CameraStatus): void {
    const watch = this.#watches.get(camera);
    if (watch === undefined || state === 'starting') return;
    if (state === 'retrying') {
      if (!this.#timers.has(camera))
        this.#timers.set(
          camera,
          setTimeout(() => watch.lost(), this.#lostAfterMs),
        );
      return;
    }
    clearTimeout(this.#timers.get(camera));
    this.#timers.delete(camera);
    if (state !== 'running') watch.lost();
  }
}
