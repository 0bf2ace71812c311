// A frame, what was found on it and what happened in it -> the bodies of `detections` and `events`, and a picture's properties.

import type { Box } from '../../../models/detection.js';
import type { Picture } from '../../analytics/picture.js';
import type { SceneMoment } from '../../analytics/reports.js';
import type { SceneEvent } from '../../analytics/scene/events.js';
import type { FrameReport } from '../../telemetry/reports.js';
import type { Body } from '../schemas.js';
import { round } from './numbers.js';

/** One is published per frame: coordinates to 0.1 px, scores to 0.001, times to 0.1 ms. */
export function detectionsBody(report: FrameReport, model: string): Body<'detections'> {
  return {
    camera: report.frame.source,
    frame: frameBody(report),
    model,
    inferenceMs: round(report.inferenceMs, 1),
    ...(report.second && {
      secondLook: {
        inferenceMs: round(report.second.inferenceMs, 1),
        windows: report.second.windows.map(({ window: { x, y, width, height } }) => ({
          x,
          y,
          width,
          height,
        })),
      },
    }),
    detections: report.sourceDetections.map(({ label, score, box, look }) => ({
      label,
      score: round(score, 3),
      box: boxBody(box),
      ...(look && { look }),
    })),
    tracks: report.tracks.map(({ id, label, sourceBox, stationary }) => ({
      id,
      label,
      box: boxBody(sourceBox),
      stationary,
    })),
  };
}

export function eventBody(event: SceneEvent, moment: SceneMoment, model: string): Body<'events'> {
  const { frame } = moment;
  // Times of tracks are monotonic; the frame carries both clocks.
  const wallMs = frame.capturedAtMs - frame.capturedMonotonicMs;
  const at = (monotonicMs: number) => new Date(wallMs + monotonicMs).toISOString();
  return {
    camera: frame.source,
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
    ...('snapshot' in event && {
      snapshot: {
        sequence: event.snapshot!.sequence,
        capturedAt: new Date(event.snapshot!.capturedAtMs).toISOString(),
      },
    }),
    frame: frameBody(moment),
    model,
  };
}

/** MQTT 5 user properties of a picture, which has no envelope; `sourceSize` as `1280x720`. */
export function pictureProperties({
  capturedAtMs,
  sourceSize,
  frameSequence,
  object,
}: Omit<Picture, 'jpeg'>) {
  return {
    capturedAt: new Date(capturedAtMs).toISOString(),
    sourceSize: `${sourceSize.width}x${sourceSize.height}`,
    ...(frameSequence !== undefined && { frameSequence: String(frameSequence) }),
    ...(object !== undefined && { trackId: String(object.trackId) }),
  };
}

function eventName(event: SceneEvent): Body<'events'>['event'] {
  return event.kind === 'line'
    ? `line_${event.direction}`
    : (`${event.kind}_${event.event}` as Body<'events'>['event']);
}

function frameBody({ frame, reportedMonotonicMs }: SceneMoment): Body<'detections'>['frame'] {
  return {
    sequence: frame.sequence,
    capturedAt: new Date(frame.capturedAtMs).toISOString(),
    mediaTimeMs: round(Math.max(0, frame.mediaTimeMs), 1),
    ageMs: round(Math.max(0, reportedMonotonicMs - frame.capturedMonotonicMs), 1),
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
