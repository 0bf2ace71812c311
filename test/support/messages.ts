// Messages as the daemon publishes them, for tests that only need some.

import type { SceneMoment } from '../../agent/analytics/reports.js';
import { statusBody } from '../../agent/messaging/payloads/agent.js';
import { detectionsBody, eventBody } from '../../agent/messaging/payloads/frames.js';
import type { Message } from '../../agent/messaging/schemas.js';

const MODEL = 'yolo-fastest';

function moment(sequence: number): SceneMoment {
  const frame = {
    source: 'door',
    sequence,
    capturedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    capturedMonotonicMs: 1000,
    mediaTimeMs: sequence * 40,
    sourceSize: { width: 1280, height: 720 },
    inputSize: { width: 320, height: 320 },
    content: { x: 0, y: 70, width: 320, height: 180 },
  };
  return { frame, reportedMonotonicMs: 1042.34 };
}

export function detectionsMessage(sequence: number, boxes = 3): Message {
  return {
    kind: 'detections',
    body: detectionsBody(
      {
        ...moment(sequence),
        inferenceMs: 17.26,
        tracks: [],
        sourceDetections: Array.from({ length: boxes }, (_, i) => ({
          label: 'person',
          classIndex: 0,
          score: 0.91234,
          box: [10 + i, 20.123, 110.06 + i, 220.98],
        })),
      },
      MODEL,
    ),
  };
}

/** The start of a track. */
export function eventMessage(trackId: number): Message {
  const times = { atMs: 1000, firstSeenMs: 900, lastSeenMs: 1000 };
  const object = { trackId, label: 'person', score: 0.5, bestScore: 0.9, sourceBox: [1, 2, 3, 4] as const };
  return {
    kind: 'events',
    body: eventBody(
      { kind: 'track', event: 'start', ...times, ...object, zones: [], stationary: false },
      moment(trackId),
      MODEL,
    ),
  };
}

export function statusMessage(state: 'starting' | 'running' | 'retrying' | 'ended' | 'stopped'): Message {
  const source = 'rtsp://user:hidden@camera.local/stream';
  return {
    kind: 'status',
    body: statusBody({ camera: 'door', state, sinceMs: Date.UTC(2026, 0, 2), restarts: 0, source }),
  };
}
