// What the agent knows -> the bodies of its MQTT messages: types, schemas, and compact numbers.

import { z } from 'zod';
import type { Detection } from '../../models/detection.js';
import type { ModelDescription } from '../../models/folder/description.js';
import type { Frame, Size } from '../../pipelines/frame.js';
import { redacted, redactText } from '../config/redact.js';
import type { Config } from '../config/schema.js';
import type { MessageKind } from './topics.js';

const count = z.int().min(0);
const amount = z.number().min(0);
const instant = z.iso.datetime().describe('UTC, milliseconds');
const size = z.strictObject({ width: count, height: count });
const rect = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

/** In front of every body. */
const envelope = z.strictObject({
  schemaVersion: z.literal(1),
  bootId: z.string().describe('Changes with each start of the agent'),
  sequence: count.describe('Counts the messages of one topic from 0 since start; a gap is messages lost'),
  sentAt: instant.describe('When the message was made; of a will, when the agent connected'),
});

const state = z.strictObject({ state: z.enum(['online', 'offline']) });

const info = z.strictObject({
  version: z.string(),
  node: z.string(),
  provider: z.string().describe('Where the network runs, for example cpu'),
  model: z.strictObject({
    name: z.string(),
    input: size,
    labels: z.array(z.string()),
    parameters: count,
    bflops: amount,
  }),
  cameras: z.array(z.string()),
  config: z.record(z.string(), z.unknown()).describe('The configuration with its defaults, passwords hidden'),
});

const status = z.strictObject({
  camera: z.string(),
  state: z.enum(['starting', 'running', 'retrying', 'ended', 'stopped']),
  since: instant.describe('When this state began'),
  restarts: count,
  source: z.string().describe('Without user and password'),
  sourceSize: size.optional(),
  failure: z.string().optional().describe('Class of the failure, for programs'),
  message: z.string().optional().describe('One line, for people'),
  attempt: count.optional(),
  retryInMs: count.optional(),
});

const detections = z.strictObject({
  camera: z.string(),
  frame: z.strictObject({
    sequence: count.describe('Counts the frames of the source; a gap is frames not looked at'),
    capturedAt: instant,
    mediaTimeMs: amount,
    ageMs: amount.describe('From capture to this message'),
    sourceSize: size,
    inputSize: size,
    content: rect.describe('Where the source picture lies within the input of the model'),
  }),
  model: z.string(),
  inferenceMs: amount,
  detections: z.array(
    z.strictObject({
      label: z.string(),
      score: z.number().min(0).max(1),
      box: z
        .tuple([z.number(), z.number(), z.number(), z.number()])
        .describe('x1, y1, x2, y2 in pixels of the source picture'),
    }),
  ),
});

const percentiles = z.strictObject({ p50: amount, p95: amount, p99: amount, max: amount, count });

/** wait: until the detector was free; publish: writing the message; total: capture to publish. */
export const stages = ['wait', 'inference', 'decode', 'publish', 'total'] as const;
export type Stage = (typeof stages)[number];

const stats = z.strictObject({
  intervalSeconds: amount.describe('Measured; rates and latency are of this interval, counts since start'),
  cameras: z.record(
    z.string(),
    z.strictObject({
      captured: count,
      inferred: count,
      dropped: count,
      capturedFps: amount,
      inferredFps: amount,
      droppedFps: amount,
      restarts: count,
    }),
  ),
  latencyMs: z.partialRecord(z.enum(stages), percentiles).describe('Only stages that happened'),
  process: z.strictObject({
    cpuPercent: amount.describe('100 is one core'),
    residentBytes: count,
  }),
  system: z.strictObject({
    cpuPercent: amount.describe('100 is all cores'),
    memoryUsedBytes: count,
    memoryTotalBytes: count,
    temperaturesC: z.record(z.string(), z.number()),
  }),
  mqtt: z
    .strictObject({ published: count, droppedOffline: count, droppedSlow: count, connects: count })
    .describe('Messages since start: given to the broker, and given up for want of one or for its slowness'),
});

const bodies = { state, info, status, detections, stats } satisfies Record<MessageKind, z.ZodObject>;

export type Body<Kind extends MessageKind> = z.infer<(typeof bodies)[Kind]>;
export type Envelope = z.infer<typeof envelope>;
/** What can be published; `state` is the publisher's own business. */
type Published = Exclude<MessageKind, 'state'>;
export type Message = { readonly [Kind in Published]: { kind: Kind; body: Body<Kind> } }[Published];

/** Schema of a whole message: envelope and body. */
export function messageSchema(kind: MessageKind): z.ZodObject {
  return envelope.extend(bodies[kind].shape);
}

export interface InfoInput {
  readonly version: string;
  readonly node: string;
  readonly provider: string;
  readonly model: ModelDescription;
  readonly config: Config;
}

export function infoBody({ version, node, provider, model, config }: InfoInput): Body<'info'> {
  const { name, labels, parameters } = model;
  const input = { width: model.input.width, height: model.input.height };
  return {
    version,
    node,
    provider,
    model: { name, input, labels, parameters, bflops: round(model.bflops, 3) },
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

export interface DetectionsInput {
  readonly camera: string;
  readonly frame: Omit<Frame, 'pixels'>;
  readonly model: string;
  readonly inferenceMs: number;
  /** Boxes in source pixels. */
  readonly sourceDetections: readonly Detection[];
  /** CLOCK_MONOTONIC, as `frame.capturedMonotonicMs`. */
  readonly nowMonotonicMs: number;
}

/** One is published per frame: coordinates to 0.1 px, scores to 0.001, times to 0.1 ms. */
export function detectionsBody(input: DetectionsInput): Body<'detections'> {
  const { camera, frame, model } = input;
  return {
    camera,
    frame: {
      sequence: frame.sequence,
      capturedAt: new Date(frame.capturedAtMs).toISOString(),
      mediaTimeMs: round(Math.max(0, frame.mediaTimeMs), 1),
      ageMs: round(Math.max(0, input.nowMonotonicMs - frame.capturedMonotonicMs), 1),
      sourceSize: frame.sourceSize,
      inputSize: frame.inputSize,
      content: {
        x: round(frame.content.x, 1),
        y: round(frame.content.y, 1),
        width: round(frame.content.width, 1),
        height: round(frame.content.height, 1),
      },
    },
    model,
    inferenceMs: round(input.inferenceMs, 1),
    detections: input.sourceDetections.map(({ label, score, box: [x1, y1, x2, y2] }) => ({
      label,
      score: round(score, 3),
      box: [round(x1, 1), round(y1, 1), round(x2, 1), round(y2, 1)],
    })),
  };
}

/** `digits` after the point; -0 becomes 0. */
export function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor + 0;
}
