// Messages as the daemon publishes them, for tests that only need some.

import { detectionsBody, statusBody } from '../../agent/mqtt/payloads.js';
import type { Message } from '../../agent/mqtt/schemas.js';

export function detectionsMessage(sequence: number, boxes = 3): Message {
  return {
    kind: 'detections',
    body: detectionsBody({
      camera: 'door',
      frame: {
        source: 'door',
        sequence,
        capturedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
        capturedMonotonicMs: 1000,
        mediaTimeMs: sequence * 40,
        sourceSize: { width: 1280, height: 720 },
        inputSize: { width: 320, height: 320 },
        content: { x: 0, y: 70, width: 320, height: 180 },
      },
      model: 'yolo-fastest',
      inferenceMs: 17.26,
      tracks: [],
      sourceDetections: Array.from({ length: boxes }, (_, i) => ({
        label: 'person',
        classIndex: 0,
        score: 0.91234,
        box: [10.04 + i, 20.06, 110.123, 220.987] as const,
      })),
      nowMonotonicMs: 1042.34,
    }),
  };
}

export function statusMessage(state: 'starting' | 'running' | 'retrying' | 'ended' | 'stopped'): Message {
  const source = 'rtsp://user:hidden@camera.local/stream';
  return {
    kind: 'status',
    body: statusBody({ camera: 'door', state, sinceMs: Date.UTC(2026, 0, 2), restarts: 0, source }),
  };
}
