// What happens on the frame path and to the cameras -> reports for whoever passes them on, statistics, log lines.

import type { CameraStatus } from '../../pipelines/capture/camera-options.js';
import { type FailureReport, failureError } from '../../pipelines/failure.js';
import type { Frame, Size } from '../../pipelines/frame.js';
import type { SceneTrack } from '../analytics/reports.js';
import type { Settings } from '../cameras/camera-settings.js';
import type { MainStreamState } from '../cameras/main-stream.js';
import { isSameShape } from '../cameras/same-shape.js';
import type { Config } from '../config/schema.js';
import type { FrameResult } from '../inference/frame-path.js';
import type { StatsCollector } from './collector.js';
import type { Log } from './log.js';
import type { LoadReading } from './machine-load.js';
import type { ClipsHealth, ConfigurationState, DetectorHealth, ReportListener } from './reports.js';
import { residentBytes } from './resident-bytes.js';

export interface ReporterOptions {
  /** Read with each report: cameras may come and go. */
  readonly config: Pick<Config, 'cameras'>;
  readonly log: Log;
  readonly listener: ReportListener;
  readonly settings: Settings;
  readonly stats: StatsCollector;
  readonly detector: () => DetectorHealth;
  readonly configuration?: () => ConfigurationState;
  readonly clips?: () => ClipsHealth | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly nowMonotonicMs: () => number;
}

interface KnownCamera {
  readonly status: CameraStatus;
  readonly sinceMs: number;
  readonly restarts: number;
  readonly sourceSize: Size | undefined;
  readonly mainStream: MainStreamState | undefined;
}

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #cameras = new Map<string, KnownCamera>();
  #inferredMonotonicMs: number | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  isRunning(camera: string): boolean {
    return this.#cameras.get(camera)?.status.state === 'running';
  }

  /** Says by camera whether its frames come. */
  get running(): Record<string, boolean> {
    return Object.fromEntries(
      Object.keys(this.#options.config.cameras).map((id) => [id, this.isRunning(id)]),
    );
  }

  /** What was told last of each camera. */
  get statuses(): ReadonlyMap<string, CameraStatus> {
    return new Map([...this.#cameras].map(([id, { status }]) => [id, status]));
  }

  /** How long ago the last frame of any camera was inferred: a blind agent shows by it. */
  get inferenceAgeSeconds(): number | undefined {
    if (this.#inferredMonotonicMs === undefined) return undefined;
    return (this.#options.nowMonotonicMs() - this.#inferredMonotonicMs) / 1000;
  }

  /** Tells of the cameras that the configuration keeps but does not open, and of which nothing has been told. */
  disabledCameras(): void {
    const { config, settings } = this.#options;
    for (const id of Object.keys(config.cameras))
      if (!settings.isEnabled(id) && !this.#cameras.has(id)) this.status(id, { state: 'stopped' }, 0);
  }

  /** Tells once more what each camera is doing: under other names nobody has heard it. */
  tellAgain(): void {
    for (const id of this.#cameras.keys()) this.#tellStatus(id);
  }

  /** The configuration has it no longer. */
  forget(camera: string): void {
    this.#cameras.delete(camera);
    this.#options.stats.forget(camera);
  }

  /** What is told of cameras that have gone is passed over. */
  status(camera: string, status: CameraStatus, restarts: number): void {
    const { config, log, now, stats } = this.#options;
    if (!Object.hasOwn(config.cameras, camera)) return;
    const before = this.#cameras.get(camera);
    const sinceMs = before?.status.state === status.state ? before.sinceMs : now();
    const sourceSize = status.state === 'running' ? before?.sourceSize : undefined;
    // A camera that is to run is counted before its first frame: with zeros, in place of being left out.
    if (status.state !== 'stopped') stats.camera(camera);
    if (before !== undefined && restarts > before.restarts) stats.camera(camera).restarted();
    // Another opening may be of another address or login.
    const mainStream = status.state === 'stopped' ? undefined : before?.mainStream;
    this.#cameras.set(camera, { status, sinceMs, restarts, sourceSize, mainStream });
    this.#tellStatus(camera);
    if (status.state === 'retrying') {
      const { failure, attempt, retryInMs } = status;
      log.warn({ camera, failure, attempt, retryInMs }, this.#message(camera, status));
    } else log.info({ camera, state: status.state }, 'camera');
  }

  /** Tells of pictures that cannot be had, and of those that can again. */
  mainStream(camera: string, state: MainStreamState): void {
    const known = this.#cameras.get(camera);
    if (known === undefined) return;
    const before = known.mainStream;
    const told = 'failure' in state ? { ...state, message: this.#mainMessage(camera, state) } : state;
    this.#cameras.set(camera, { ...known, mainStream: told });
    const isNews = 'failure' in state || before === undefined || !isSameSize(before, state);
    if (isNews) this.#tellStatus(camera);
    const { log } = this.#options;
    if ('failure' in told) {
      const { failure, message, retryInMs } = told;
      log.warn({ camera, failure, retryInMs }, `no picture of the main stream: ${message}`);
    } else if (isNews && known.sourceSize !== undefined && !isSameShape(told.sourceSize, known.sourceSize)) {
      const looked = `${known.sourceSize.width} x ${known.sourceSize.height}`;
      const { width, height } = told.sourceSize;
      const isMasked = (this.#options.config.cameras[camera]?.masks.privacy.length ?? 0) > 0;
      const outcome = isMasked
        ? 'none of them is used, as it is not sure where the privacy masks are in them'
        : 'boxes fit where both show the same view';
      const message = `pictures of ${width} x ${height} are of another shape than the ${looked} that are looked at: ${outcome}`;
      log.warn({ camera }, message);
    }
  }

  /** A frame that `maxFps` passes over. */
  limited(camera: string): void {
    this.#options.stats.camera(camera).limited();
  }

  result(
    { frame, sourceDetections: found, startedMonotonicMs, inferenceMs, decodeMs, second }: FrameResult,
    tracks: readonly SceneTrack[],
  ): void {
    const { listener, nowMonotonicMs, settings, stats } = this.#options;
    const camera = frame.source;
    this.#arrived(frame);
    stats.camera(camera).inferred();
    const readyMs = nowMonotonicMs();
    this.#inferredMonotonicMs = readyMs;
    const { pixels, ...info } = frame;
    const { sourceDetections } = settings.reported({ frame, sourceDetections: found });
    listener.detections({
      ...{ frame: info, inferenceMs, second, sourceDetections, tracks, reportedMonotonicMs: readyMs },
    });
    if (second !== undefined)
      stats.secondLooks.looked({
        looks: second.windows.length,
        found: sourceDetections.filter(({ look }) => look === 'second').length,
        inferenceMs: second.inferenceMs,
      });
    const doneMs = nowMonotonicMs();
    stats.latency('wait', Math.max(0, startedMonotonicMs - frame.capturedMonotonicMs));
    stats.latency('inference', inferenceMs);
    stats.latency('decode', decodeMs);
    stats.latency('publish', doneMs - readyMs);
    stats.latency('total', Math.max(0, doneMs - frame.capturedMonotonicMs));
  }

  /** Counts a frame that the detector failed on. */
  failed(frame: Frame): void {
    this.#arrived(frame);
    this.#options.stats.camera(frame.source).dropped();
  }

  stats(load: LoadReading): void {
    const { listener, stats } = this.#options;
    listener.stats(stats.take(load));
  }

  health(): void {
    const cameras = [...this.#cameras].map(([id, { status, restarts }]) => [
      id,
      { state: status.state, restarts },
    ]);
    this.#options.listener.health({
      uptimeSeconds: process.uptime(),
      residentBytes: residentBytes(),
      inferenceAgeSeconds: this.inferenceAgeSeconds,
      detector: this.#options.detector(),
      configuration: this.#options.configuration?.(),
      clips: this.#options.clips?.(),
      cameras: Object.fromEntries(cameras),
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
    this.#tellStatus(frame.source);
  }

  #tellStatus(camera: string): void {
    const { config, listener } = this.#options;
    const { status, ...rest } = this.#cameras.get(camera)!;
    const { source, detect } = config.cameras[camera]!;
    const failure =
      status.state === 'retrying' ? { ...status, message: this.#message(camera, status) } : status;
    listener.status({ camera, source, detect, ...rest, ...failure });
  }

  #message(camera: string, status: CameraStatus & { state: 'retrying' }): string {
    const { source, detect = source } = this.#options.config.cameras[camera]!;
    return failureError(detect, status).message;
  }

  #mainMessage(camera: string, report: FailureReport): string {
    return failureError(this.#options.config.cameras[camera]!.source, report).message;
  }
}

function isSameSize(before: MainStreamState, { sourceSize }: { readonly sourceSize: Size }): boolean {
  if (!('sourceSize' in before)) return false;
  return before.sourceSize.width === sourceSize.width && before.sourceSize.height === sourceSize.height;
}
