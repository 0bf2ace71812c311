// What telemetry says of frames, cameras and the agent, and to whom. Plain values, as exact as they are measured.

import type { Detection } from '../../models/detection.js';
import type { ModelFailure } from '../../models/model-error.js';
import type { CameraStatus } from '../../pipelines/capture/camera-options.js';
import type { Size } from '../../pipelines/frame.js';
import type { SceneMoment, SceneTrack } from '../analytics/reports.js';
import type { MainStreamState } from '../cameras/main-stream.js';
import type { SecondLook } from '../inference/second-look/merge.js';
import type { CameraFigures } from './counters.js';
import type { LoadReading } from './machine-load.js';
import type { Stage } from './stages.js';

/** A frame and what is told of it. */
export interface FrameReport extends SceneMoment {
  readonly inferenceMs: number;
  /** Those sure enough to be told, boxes in source pixels, best score first. */
  readonly sourceDetections: readonly Detection[];
  readonly tracks: readonly SceneTrack[];
  readonly second?: SecondLook | undefined;
}

export interface CameraState {
  readonly camera: string;
  readonly state: CameraStatus['state'];
  /** When this state began, milliseconds since 1970. */
  readonly sinceMs: number;
  readonly restarts: number;
  /** As the configuration has it, passwords included. */
  readonly source: string;
  /** The same of the stream that is looked at, where it is another one. */
  readonly detect?: string | undefined;
  readonly sourceSize?: Size | undefined;
  /** Class of the failure. */
  readonly failure?: string | undefined;
  /** One line. */
  readonly message?: string | undefined;
  readonly attempt?: number | undefined;
  readonly retryInMs?: number | undefined;
  /** Of the last picture of the main stream, where another one is looked at. */
  readonly mainStream?: MainStreamState | undefined;
}

/** Milliseconds. */
export interface LatencyFigures {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

export interface SecondLookFigures {
  /** That had one or more, since start. */
  readonly frames: number;
  /** Since start. */
  readonly looks: number;
  /** Detections that were reported and that only a second look had shown, since start. */
  readonly found: number;
  readonly looksPerSecond: number;
  /** Of the detector's time; 100 is one session that does nothing else. */
  readonly detectorPercent: number;
}

/** Rates and latency are of the interval that ends with it, counts since start. */
export interface StatsSnapshot extends LoadReading {
  readonly intervalSeconds: number;
  readonly cameras: Readonly<Record<string, CameraFigures>>;
  /** Nothing before the first. */
  readonly secondLook?: SecondLookFigures | undefined;
  /** Only stages that happened. */
  readonly latencyMs: Readonly<Partial<Record<Stage, LatencyFigures>>>;
}

/** `hung`: no answer in time. */
export type DetectorFailure = ModelFailure | 'hung';

export interface DetectorHealth {
  readonly state: 'working' | 'failing';
  /** Since start. */
  readonly failures: number;
  /** An engine, and how far it is; in words. */
  readonly building?: string;
  /** Of the last failure, until it works again. */
  readonly failure?: DetectorFailure;
  /** One line. */
  readonly message?: string;
}

/** Clips of events, as the disk has them. */
export interface ClipsHealth {
  readonly state: 'working' | 'failing';
  /** Whole ones. */
  readonly files: number;
  /** With those that are being written. */
  readonly bytes: number;
  /** Why none can be written; one line. */
  readonly message?: string;
}

/** What became of the configuration file, the last time that it was read. */
export interface ConfigurationState {
  /** Of the configuration that runs, milliseconds since 1970. */
  readonly loadedAtMs: number;
  /** Of the one that was refused since. */
  readonly refused?: { readonly atMs: number; readonly why: string } | undefined;
}

export interface HealthReport {
  readonly detector: DetectorHealth;
  readonly uptimeSeconds: number;
  readonly residentBytes: number;
  /** Since the last frame of any camera was inferred; undefined before the first. */
  readonly inferenceAgeSeconds: number | undefined;
  readonly configuration?: ConfigurationState | undefined;
  readonly clips?: ClipsHealth | undefined;
  readonly cameras: Readonly<
    Record<string, { readonly state: CameraStatus['state']; readonly restarts: number }>
  >;
}

export interface ReportListener {
  detections(report: FrameReport): void;
  status(status: CameraState): void;
  stats(snapshot: StatsSnapshot): void;
  health(report: HealthReport): void;
}
