// Cameras that are lost and come back -> when their objects no longer count.

import type { Part } from '#common/part.js';
import type { CameraStatus } from '../../pipelines/capture/camera-options.js';
import type { FrameResult } from '../inference/frame-path.js';
import type { CameraAnalytics } from './camera-analytics.js';
import type { SceneTrack } from './reports.js';

type LossAware = Pick<CameraAnalytics, 'start' | 'update' | 'lost' | 'setScores' | 'setSnapshots'>;

export class Analytics implements Part {
  readonly #cameras: Map<string, LossAware>;
  /** From now on; a camera that is away already was given its time. */
  lostAfterMs: number;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Cameras that give no more frames: those of them that are still with the detector begin nothing. */
  readonly #over = new Set<string>();
  #isStopped = false;

  /**
   * @param analytics by camera
   * @param lostAfterMs a camera away for less keeps its objects: a restart of its capture takes half a second
   */
  constructor(analytics: ReadonlyMap<string, LossAware>, lostAfterMs: number) {
    this.#cameras = new Map(analytics);
    this.lostAfterMs = lostAfterMs;
  }

  /** Tells the counts, all 0: before the connection to the broker, which keeps those of an earlier run. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (const camera of this.#cameras.values()) camera.start();
  }

  /** Waits for no camera any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  update(result: FrameResult): SceneTrack[] {
    // A track of a camera that has stopped would never come to its end.
    if (this.#over.has(result.frame.source)) return [];
    return this.#cameras.get(result.frame.source)?.update(result) ?? [];
  }

  /** A new camera, or new analytics of one: objects that the ones before followed come to their end. */
  put(camera: string, analytics: LossAware): void {
    this.#end(camera);
    this.#cameras.set(camera, analytics);
    analytics.start();
  }

  /** Objects of the camera come to their end, without pictures. */
  remove(camera: string): void {
    this.setSnapshots(camera, undefined);
    this.#end(camera);
    this.#over.delete(camera);
  }

  setSnapshots(camera: string, snapshots: Parameters<CameraAnalytics['setSnapshots']>[0]): void {
    this.#cameras.get(camera)?.setSnapshots(snapshots);
  }

  setScores(camera: string, scores: Parameters<CameraAnalytics['setScores']>[0]): void {
    this.#cameras.get(camera)?.setScores(scores);
  }

  status(camera: string, { state }: CameraStatus): void {
    const analytics = this.#cameras.get(camera);
    if (this.#isStopped || analytics === undefined) return;
    if (state === 'stopped' || state === 'ended') this.#over.add(camera);
    else this.#over.delete(camera);
    if (state === 'starting' || state === 'waiting-for-key-frame') return;
    if (state === 'retrying') {
      if (!this.#timers.has(camera))
        this.#timers.set(
          camera,
          setTimeout(() => analytics.lost(), this.lostAfterMs),
        );
      return;
    }
    clearTimeout(this.#timers.get(camera));
    this.#timers.delete(camera);
    if (state !== 'running') analytics.lost();
  }

  #end(camera: string): void {
    clearTimeout(this.#timers.get(camera));
    this.#timers.delete(camera);
    this.#cameras.get(camera)?.lost();
    this.#cameras.delete(camera);
  }
}
