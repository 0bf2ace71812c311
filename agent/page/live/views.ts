// What the agent says of cameras, objects and figures -> what the page is told of them. Pure.

import type { SceneMoment } from '../../analytics/reports.js';
import type { SceneCounts, SceneEvent } from '../../analytics/scene/events.js';
import type { Clip } from '../../clips/camera-clips.js';
import { picturesOf } from '../../config/pictures.js';
import type { Config } from '../../config/schema.js';
import type { CameraState, FrameReport, StatsSnapshot } from '../../telemetry/reports.js';
import type {
  CameraView,
  ClipView,
  EventView,
  Found,
  PictureHead,
  SceneView,
  StatsView,
} from '../protocol.js';

type CameraConfig = Config['cameras'][string];

/**
 * What is seen in the frame: where an object is only expected, its box would lie on nothing. A detection that became a track
 * is told of once, as that.
 */
function foundIn({ sourceDetections, tracks }: FrameReport): Found[] {
  const seen = tracks.filter((track) => track.seen);
  const followed = seen.map(({ id, label, score, sourceBox, stationary }) => ({
    ...{ id, label, stationary, score: percent(score) },
    box: rounded(sourceBox),
  }));
  const taken = new Set(seen.map(({ sourceBox }) => String(sourceBox)));
  const others = sourceDetections
    .filter(({ box }) => !taken.has(String(box)))
    .map(({ label, score, box }) => ({ label, score: percent(score), box: rounded(box) }));
  return [...followed, ...others];
}

export function headOf(report: FrameReport): PictureHead {
  const { source, sequence, capturedAtMs, sourceSize } = report.frame;
  return { camera: source, sequence, capturedAtMs, sourceSize, found: foundIn(report) };
}

/** Head and JPEG in one message: the browser draws both or neither. */
export function pictureMessage(head: PictureHead, jpeg: Buffer): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.byteLength);
  return Buffer.concat([length, text, jpeg]);
}

export function sceneView({
  zones,
  lines,
  masks,
}: Pick<CameraConfig, 'zones' | 'lines' | 'masks'>): SceneView {
  const shapes = (of: CameraConfig['zones'] | CameraConfig['lines']) =>
    Object.fromEntries(Object.entries(of).map(([id, { points, labels }]) => [id, { points, labels }]));
  return { zones: shapes(zones), lines: shapes(lines), masks };
}

export function cameraView(
  config: Config,
  id: string,
  told: CameraState | undefined,
  toldAgoMs: number,
  counts: SceneCounts | undefined,
): CameraView {
  return {
    id,
    state: told?.state ?? 'stopped',
    message: told?.message,
    retryInMs: told?.retryInMs === undefined ? undefined : Math.max(0, told.retryInMs - toldAgoMs),
    restarts: told?.restarts ?? 0,
    sourceSize: told?.sourceSize,
    hasPictures: picturesOf(config, id).send !== 'none',
    scene: sceneView(config.cameras[id]!),
    counts,
  };
}

export function eventView(event: SceneEvent, { frame }: SceneMoment, id: number): EventView {
  const place = event.kind === 'zone' ? event.zone : event.kind === 'line' ? event.line : undefined;
  return {
    id,
    camera: frame.source,
    atMs: Math.round(frame.capturedAtMs - frame.capturedMonotonicMs + event.atMs),
    kind: event.kind,
    event: event.kind === 'line' ? event.direction : event.event,
    trackId: event.trackId,
    label: event.label,
    place,
    seconds: 'durationMs' in event ? Math.round(event.durationMs / 100) / 10 : undefined,
    hasPicture: false,
  };
}

export function clipView({ file, camera, tracks, startedAtMs, durationMs }: Clip): ClipView {
  const seconds = Math.round(durationMs / 100) / 10;
  return { file, camera, trackIds: tracks.map(({ id }) => id), startedAtMs, seconds };
}

export function statsView({ cameras, latencyMs }: StatsSnapshot, atMs: number): StatsView {
  const rates = Object.entries(cameras).map(([id, { capturedFps, inferredFps, skippedFps, droppedFps }]) => [
    id,
    { capturedFps, inferredFps, skippedFps, droppedFps },
  ]);
  const { total } = latencyMs;
  return {
    atMs,
    cameras: Object.fromEntries(rates),
    latency: total && { p50: total.p50, p95: total.p95 },
  };
}

function percent(score: number): number {
  return Math.round(score * 100) / 100;
}

function rounded([x1, y1, x2, y2]: readonly [number, number, number, number]): Found['box'] {
  const one = (value: number) => Math.round(value * 10) / 10;
  return [one(x1), one(y1), one(x2), one(y2)];
}
