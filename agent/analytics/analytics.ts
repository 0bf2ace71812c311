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
  /** Cameras whose objects have come to their end: frames of before that are still with the detector begin nothing. */
  readonly #over = new Set<string>();
  /** Of cameras that run while the detector fails. */
  readonly #unseen = new Map<string, NodeJS.Timeout>();
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
    for (const timers of [this.#timers, this.#unseen])
      for (const camera of timers.keys()) forget(timers, camera);
  }

  update(result: FrameResult): SceneTrack[] {
    const { source } = result.frame;
    // A track of a camera that has stopped would never come to its end.
    if (this.#over.has(source)) return [];
    forget(this.#unseen, source);
    return this.#cameras.get(source)?.update(result) ?? [];
  }

  /** A frame of the camera was not looked at, as the detector failed. */
  failed(camera: string): void {
    if (this.#isStopped || this.#over.has(camera) || this.#unseen.has(camera)) return;
    // It stays there until a frame was looked at: objects are lost once.
    this.#unseen.set(
      camera,
      setTimeout(() => this.#cameras.get(camera)?.lost(), this.lostAfterMs),
    );
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
    if (state === 'starting') return;
    if (state === 'retrying' || state === 'waiting-for-key-frame') {
      if (!this.#timers.has(camera))
        this.#timers.set(
          camera,
          setTimeout(() => this.#lose(camera, analytics), this.lostAfterMs),
        );
      return;
    }
    forget(this.#timers, camera);
    if (state === 'running') this.#over.delete(camera);
    else this.#lose(camera, analytics);
  }

  #lose(camera: string, analytics: LossAware): void {
    this.#over.add(camera);
    analytics.lost();
  }

  #end(camera: string): void {
    for (const timers of [this.#timers, this.#unseen]) forget(timers, camera);
    this.#cameras.get(camera)?.lost();
    this.#cameras.delete(camera);
  }
}

function forget(timers: Map<string, NodeJS.Timeout>, camera: string): void {
  const timer = timers.get(camera);
  if (timer === undefined) return;
  clearTimeout(timer);
  timers.delete(camera);
}
