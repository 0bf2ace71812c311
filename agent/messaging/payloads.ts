// What the agent knows -> the bodies of its MQTT messages: compact numbers, no passwords.

import { redacted, redactText } from '#common/redact.js';
import type { Box, Detection } from '../../models/detection.js';
import type { ModelDescription } from '../../models/folder/description.js';
import type { Frame, Size } from '../../pipelines/frame.js';
import type { SceneEvent } from '../analytics/scene/events.js';
import type { Track } from '../analytics/tracking/track.js';
import type { Config } from '../config/schema.js';
import type { AgentExecution } from '../inference/execution.js';
import type { Body } from './schemas.js';

export interface InfoInput {
  readonly version: string;
  readonly node: string;
  readonly provider: string;
  readonly model: ModelDescription;
  /** Why this model, where it was not asked for. */
  readonly reasons?: readonly string[];
  readonly execution: AgentExecution;
  readonly config: Config;
}

export function infoBody(input: InfoInput): Body<'info'> {
  const { version, node, provider, model, reasons = [], execution, config } = input;
  const { name, labels, parameters, precision = 'fp32' } = model;
  const size = { width: model.input.width, height: model.input.height };
  return {
    version,
    node,
    provider,
    model: {
      name,
      input: size,
      labels,
      parameters,
      bflops: round(model.bflops, 3),
      precision,
      ...(reasons.length > 0 && { reasons: [...reasons] }),
    },
    inference: execution,
    cameras: Object.keys(config.cameras),
    config: redacted(config),
  };
}

export interface StatusInput {
  readonly camera: string;
  readonly state: Body<'status'>['state'];
  readonly sinceMs: number;
  readonly restarts: number;
  readonly source: string;
  readonly sourceSize?: Size | undefined;
  readonly failure?: string | undefined;
  readonly message?: string | undefined;
  readonly attempt?: number | undefined;
  readonly retryInMs?: number | undefined;
}

/** Keys without a value are left out; passwords in the source and in the message are hidden. */
export function statusBody(input: StatusInput): Body<'status'> {
  const { camera, state, sinceMs, restarts, source, sourceSize, failure, message, attempt, retryInMs } =
    input;
  return {
    camera,
    state,
    since: new Date(sinceMs).toISOString(),
    restarts,
    source: redactText(source),
    ...(sourceSize && { sourceSize: { width: sourceSize.width, height: sourceSize.height } }),
    ...(failure !== undefined && { failure }),
    ...(message !== undefined && { message: redactText(message) }),
    ...(attempt !== undefined && { attempt }),
    ...(retryInMs !== undefined && { retryInMs: Math.round(retryInMs) }),
  };
}

/** When and from what a message about a frame is made. */
export interface FrameContext {
  readonly camera: string;
  readonly frame: Omit<Frame, 'pixels'>;
  /** Name. */
  readonly model: string;
  /** CLOCK_MONOTONIC, as `frame.capturedMonotonicMs`. */
  readonly nowMonotonicMs: number;
}

export interface DetectionsInput extends FrameContext {
  readonly inferenceMs: number;
  /** Boxes in source pixels. */
  readonly sourceDetections: readonly Detection[];
  readonly tracks: readonly (Track & { readonly stationary: boolean })[];
}

/** One is published per frame: coordinates to 0.1 px, scores to 0.001, times to 0.1 ms. */
export function detectionsBody(input: DetectionsInput): Body<'detections'> {
  return {
    camera: input.camera,
    frame: frameBody(input),
    model: input.model,
    inferenceMs: round(input.inferenceMs, 1),
    detections: input.sourceDetections.map(({ label, score, box }) => ({
      label,
      score: round(score, 3),
      box: boxBody(box),
    })),
    tracks: input.tracks.map(({ id, label, sourceBox, stationary }) => ({
      id,
      label,
      box: boxBody(sourceBox),
      stationary,
    })),
  };
}

export function eventBody(event: SceneEvent, context: FrameContext): Body<'events'> {
  // Times of tracks are monotonic; the frame carries both clocks.
  const wallMs = context.frame.capturedAtMs - context.frame.capturedMonotonicMs;
  const at = (monotonicMs: number) => new Date(wallMs + monotonicMs).toISOString();
  return {
    camera: context.camera,
    event: eventName(event),
    track: {
      id: event.trackId,
      label: event.label,
      score: round(event.bestScore, 3),
      box: boxBody(event.sourceBox),
      firstSeenAt: at(event.firstSeenMs),
      lastSeenAt: at(event.lastSeenMs),
      zones: [...event.zones],
      stationary: event.stationary,
    },
    ...('zone' in event && { zone: event.zone }),
    ...('line' in event && { line: event.line }),
    ...('durationMs' in event && { seconds: round(event.durationMs / 1000, 1) }),
    ...('zonesVisited' in event && { zonesVisited: [...event.zonesVisited] }),
    frame: frameBody(context),
    model: context.model,
  };
}

function eventName(event: SceneEvent): Body<'events'>['event'] {
  return event.kind === 'line'
    ? `line_${event.direction}`
    : (`${event.kind}_${event.event}` as Body<'events'>['event']);
}

function frameBody({ frame, nowMonotonicMs }: FrameContext): Body<'detections'>['frame'] {
  return {
    sequence: frame.sequence,
    capturedAt: new Date(frame.capturedAtMs).toISOString(),
    mediaTimeMs: round(Math.max(0, frame.mediaTimeMs), 1),
    ageMs: round(Math.max(0, nowMonotonicMs - frame.capturedMonotonicMs), 1),
    sourceSize: frame.sourceSize,
    inputSize: frame.inputSize,
    content: {
      x: round(frame.content.x, 1),
      y: round(frame.content.y, 1),
      width: round(frame.content.width, 1),
      height: round(frame.content.height, 1),
    },
  };
}

function boxBody([x1, y1, x2, y2]: Box): [number, number, number, number] {
  return [round(x1, 1), round(y1, 1), round(x2, 1), round(y2, 1)];
}

/** A JPEG and the frame it shows. */
export interface Picture {
  readonly jpeg: Buffer;
  /** Milliseconds since 1970. */
  readonly capturedAtMs: number;
  readonly sourceSize: Size;
}

/** MQTT 5 user properties of a picture, which has no envelope; `sourceSize` as `1280x720`. */
export function pictureProperties({ capturedAtMs, sourceSize }: Omit<Picture, 'jpeg'>) {
  return {
    capturedAt: new Date(capturedAtMs).toISOString(),
    sourceSize: `${sourceSize.width}x${sourceSize.height}`,
  };
}

/** `digits` after the point; -0 becomes 0. */
export function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor + 0;
}
