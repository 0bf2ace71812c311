// What is told of a camera and of what it sees.

import { z } from 'zod';
import { amount, count, instant, size } from './parts.js';

const rect = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

export const status = z.strictObject({
  camera: z.string(),
  state: z.enum(['starting', 'waiting-for-key-frame', 'running', 'retrying', 'ended', 'stopped']),
  since: instant.describe('When this state began'),
  restarts: count,
  source: z.string().describe('Without user and password'),
  detect: z.string().optional().describe('The stream that is looked at, where it is another one'),
  sourceSize: size.optional().describe('Of the stream that is looked at'),
  failure: z.string().optional().describe('Class of the failure, for programs'),
  message: z.string().optional().describe('One line, for people'),
  attempt: count.optional(),
  retryInMs: count.optional(),
  mainStream: z
    .strictObject({
      sourceSize: size.optional(),
      failure: z.string().optional().describe('Pictures come from the smaller stream meanwhile'),
      message: z.string().optional(),
      retryInMs: count.optional(),
    })
    .optional()
    .describe('What became of the last picture of source, where detect is looked at'),
});

const box = z
  .tuple([z.number(), z.number(), z.number(), z.number()])
  .describe('x1, y1, x2, y2 in pixels of the source picture');
const score = z.number().min(0).max(1);

const frame = z.strictObject({
  sequence: count.describe('Counts the frames of the source; a gap is frames not looked at'),
  capturedAt: instant,
  mediaTimeMs: amount,
  ageMs: amount.describe('From capture to this message'),
  sourceSize: size,
  inputSize: size,
  content: rect.describe('Where the source picture lies within the input of the model'),
});

export const detections = z.strictObject({
  camera: z.string(),
  frame,
  model: z.string(),
  inferenceMs: amount,
  secondLook: z
    .strictObject({ inferenceMs: amount, windows: z.array(rect).describe('In source pixels') })
    .optional()
    .describe('Parts of this frame that were looked at once more, at their own size'),
  detections: z.array(
    z.strictObject({
      label: z.string(),
      score,
      box,
      look: z
        .literal('second')
        .optional()
        .describe(
          'Seen in a part of the picture at its own size, and not in the whole picture or less surely there',
        ),
    }),
  ),
  tracks: z
    .array(z.strictObject({ id: count, label: z.string(), box, stationary: z.boolean() }))
    .describe('Objects followed over frames, those hidden for a moment included; ids are unique since start'),
});

export const objectCount = z.strictObject({
  camera: z.string(),
  label: z.string(),
  count: count.describe('Seen within the last second'),
  stationary: count.describe('How many of them do not move'),
});
const byLabel = z.record(z.string(), count);

export const zone = z.strictObject({
  camera: z.string(),
  zone: z.string(),
  occupied: z.boolean(),
  count: count.describe('Of all labels'),
  byLabel,
});

export const line = z.strictObject({
  camera: z.string(),
  line: z.string(),
  in: count.describe('To the right of the line, looking from its first point to its last'),
  out: count,
});

const track = z.strictObject({
  id: count.describe('Unique since start'),
  label: z.string(),
  score: score.describe('The best so far'),
  box,
  firstSeenAt: instant,
  lastSeenAt: instant,
  zones: z.array(z.string()).describe('Zones it is in'),
  stationary: z.boolean(),
});

export const eventNames = [
  'track_start',
  'track_update',
  'track_end',
  'zone_enter',
  'zone_leave',
  'zone_loiter',
  'line_in',
  'line_out',
] as const;

export const events = z.strictObject({
  camera: z.string(),
  event: z.enum(eventNames),
  track,
  zone: z.string().optional(),
  line: z.string().optional(),
  seconds: amount.optional().describe('Of a track from first to last seen, of a stay in a zone until now'),
  zonesVisited: z.array(z.string()).optional().describe('At the end of a track'),
  snapshot: z
    .strictObject({ sequence: count.describe('As of frame.sequence'), capturedAt: instant })
    .optional()
    .describe('At the end of a track: the frame that the picture on camera/<id>/snapshot shows'),
  frame,
  model: z.string(),
});

export const clips = z.strictObject({
  camera: z.string(),
  file: z.string().describe('Name of the MP4 within clips.folder; names in one folder never come twice'),
  path: z.string().describe('The same, as the device of the agent has it'),
  bytes: count,
  startedAt: instant.describe('Of its first picture'),
  seconds: amount,
  codec: z.enum(['h264', 'h265']),
  sourceSize: size,
  end: z
    .enum(['done', 'longest', 'camera', 'stopped', 'stream', 'space', 'disk'])
    .describe(
      'done: as long as it should be; longest: clips.maxSeconds; shorter by a fault of: the camera, its stream, the space that clips may have, the disk; stopped: the agent was',
    ),
  tracks: z
    .array(z.strictObject({ id: count, label: z.string() }))
    .describe('Objects that it was kept of, with the ids of events'),
  zones: z.array(z.string()).describe('Zones in which it was kept of them'),
  lines: z.array(z.string()).describe('Lines that they crossed'),
});
