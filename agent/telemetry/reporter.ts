// What happens on the frame path and to the cameras -> messages, statistics and log lines.

import { monotonicMs } from '#common/clock.js';
import type { CameraStatus } from '../../pipelines/capture/camera.js';
import { failureError } from '../../pipelines/failure.js';
import type { Frame, Size } from '../../pipelines/frame.js';
import type { SceneTrack } from '../analytics/camera-analytics.js';
import type { Settings } from '../cameras/camera-settings.js';
import type { Config } from '../config/schema.js';
import type { FrameResult } from '../inference/frame-path.js';
import type { Outbox } from '../messaging/outbox/outbox.js';
import { detectionsBody, statusBody } from '../messaging/payloads.js';
import type { Publisher } from '../messaging/publisher.js';
import type { LoadReading, StatsCollector } from './collector.js';
import type { Log } from './log.js';

export interface ReporterOptions {
  readonly config: Config;
  /** Name of the model. */
  readonly model: string;
  readonly log: Log;
  readonly publisher: Pick<Publisher, 'publish' | 'counters'>;
  readonly outbox: Pick<Outbox, 'counters' | 'pending'>;
  readonly settings: Settings;
  readonly stats: StatsCollector;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface CameraState {
  readonly status: CameraStatus;
  readonly sinceMs: number;
  readonly restarts: number;
  readonly sourceSize: Size | undefined;
}

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #cameras = new Map<string, CameraState>();

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  isRunning(camera: string): boolean {
    return this.#cameras.get(camera)?.status.state === 'running';
  }

  /** By camera: whether its frames come. */
  get running(): Record<string, boolean> {
    return Object.fromEntries(
      Object.keys(this.#options.config.cameras).map((id) => [id, this.isRunning(id)]),
    );
  }

  /** Cameras that the configuration keeps but does not open. */
  disabledCameras(): void {
    for (const [id, { enabled }] of Object.entries(this.#options.config.cameras))
      if (!enabled) this.status(id, { state: 'stopped' }, 0);
  }

  status(camera: string, status: CameraStatus, restarts: number): void {
    const { log, now, stats } = this.#options;
    const before = this.#cameras.get(camera);
    const sinceMs = before?.status.state === status.state ? before.sinceMs : now();
    const sourceSize = status.state === 'running' ? before?.sourceSize : undefined;
    if (before !== undefined && restarts > before.restarts) stats.camera(camera).restarted();
    this.#cameras.set(camera, { status, sinceMs, restarts, sourceSize });
    this.#publishStatus(camera);
    if (status.state === 'retrying') {
      const { failure, attempt, retryInMs } = status;
      log.warn({ camera, failure, attempt, retryInMs }, this.#message(camera, status));
    } else log.info({ camera, state: status.state }, 'camera');
  }

  result(
    { frame, sourceDetections: found, startedMonotonicMs, inferenceMs, decodeMs }: FrameResult,
    tracks: readonly SceneTrack[],
  ): void {
    const { model, publisher, settings, stats } = this.#options;
    const camera = frame.source;
    this.#arrived(frame);
    stats.camera(camera).inferred();
    const readyMs = monotonicMs();
    const { pixels, ...place } = frame;
    const sourceDetections = found.filter((detection) => settings.reports(camera, detection));
    const input = {
      camera,
      frame: place,
      model,
      inferenceMs,
      sourceDetections,
      nowMonotonicMs: readyMs,
      tracks,
    };
    publisher.publish({ kind: 'detections', body: detectionsBody(input) });
    const doneMs = monotonicMs();
    stats.latency('wait', Math.max(0, startedMonotonicMs - frame.capturedMonotonicMs));
    stats.latency('inference', inferenceMs);
    stats.latency('decode', decodeMs);
    stats.latency('publish', doneMs - readyMs);
    stats.latency('total', Math.max(0, doneMs - frame.capturedMonotonicMs));
  }

  /** A frame that the detector failed on. */
  failed(frame: Frame): void {
    this.#arrived(frame);
    this.#options.stats.camera(frame.source).dropped();
  }

  stats(load: LoadReading): void {
    const { publisher, stats } = this.#options;
    publisher.publish({ kind: 'stats', body: stats.take(load, publisher.counters) });
  }

  health(): void {
    const { publisher, outbox } = this.#options;
    const cameras = [...this.#cameras].map(([id, { status, restarts }]) => [
      id,
      { state: status.state, restarts },
    ]);
    publisher.publish({
      kind: 'health',
      body: {
        uptimeSeconds: Math.round(process.uptime()),
        residentBytes: process.memoryUsage.rss(),
        cameras: Object.fromEntries(cameras),
        events: { ...outbox.counters, pending: outbox.pending },
      },
    });
  }

  #arrived(frame: Frame): void {
    this.#options.stats.camera(frame.source).arrived(frame.sequence, frame.skipped);
    const state = this.#cameras.get(frame.source);
    const { width, height } = frame.sourceSize;
    if (state === undefined || (state.sourceSize?.width === width && state.sourceSize.height === height))
      return;
    if (state.status.state !== 'running') return;
    this.#cameras.set(frame.source, { ...state, sourceSize: frame.sourceSize });
    this.#publishStatus(frame.source);
  }

  #publishStatus(camera: string): void {
    const { config, publisher } = this.#options;
    const { status, ...rest } = this.#cameras.get(camera)!;
    const { source } = config.cameras[camera]!;
    const failure =
      status.state === 'retrying' ? { ...status, message: this.#message(camera, status) } : status;
    publisher.publish({ kind: 'status', body: statusBody({ camera, source, ...rest, ...failure }) });
  }

  #message(camera: string, status: CameraStatus & { state: 'retrying' }): string {
    return failureError(this.#options.config.cameras[camera]!.source, status).message;
  }
}
