// The messages of the agent: their schemas, and the types that follow from them.

import { z } from 'zod';
import { stages } from '../telemetry/stages.js';

import { evictionReasons } from './outbox/settlements.js';

import { refusalReasons } from './outcome.js';
import { type MessageKind, topicTable } from './topics.js';

export const SCHEMA_VERSION = 1;

const count = z.int().min(0);
const amount = z.number().min(0);
const instant = z.iso.datetime().describe('UTC, milliseconds');
const size = z.strictObject({ width: count, height: count });
const rect = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

const configuration = z
  .strictObject({
    loadedAt: instant.describe('When the one that runs was read'),
    refusedAt: instant.optional().describe('When the file was read since and refused'),
    refusal: z.string().optional().describe('Why; a line'),
  })
  .describe('What became of the configuration file');

/** In front of every body. */
const envelope = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  bootId: z.string().describe('Changes with each start of the agent'),
  sequence: count.describe('Counts the messages of one topic from 0 since start; a gap is messages lost'),
  sentAt: instant.describe('When the message was made; of a will, when the agent connected'),
});

const state = z.strictObject({ state: z.enum(['online', 'offline']) });

const info = z.strictObject({
  version: z.string(),
  node: z.string(),
  provider: z.string().describe('Where the network runs, for example cpu'),
  providerReason: z.string().optional().describe('Why there, with inference.provider: auto; a line'),
  model: z.strictObject({
    name: z.string(),
    input: size,
    labels: z.array(z.string()),
    parameters: count,
    bflops: amount,
    precision: z.enum(['fp32', 'int8']).describe('What runs'),
    precisionReason: z.string().describe('Why that; a line'),
    form: z
      .string()
      .optional()
      .describe('Which integer form runs, and why, or how an engine computes; a line'),
    reasons: z.array(z.string()).optional().describe('Why it was taken, with model: auto; sentences'),
  }),
  inference: z.strictObject({
    profile: z.string().describe('Device profile that this machine was taken for'),
    mode: z.enum(['latency', 'throughput']),
    sessions: count.describe('Frames that are worked on at the same time'),
    threads: count.describe('Of each session'),
  }),
  cameras: z.array(z.string()),
  configuration: configuration.optional(),
  config: z.record(z.string(), z.unknown()).describe('The configuration with its defaults, passwords hidden'),
});

const settings = z.strictObject({
  cameras: z.record(z.string(), z.strictObject({ enabled: z.boolean(), minScore: z.number().min(0).max(1) })),
  logLevel: z.string(),
  kept: z.boolean().describe('Whether changes outlast a restart (requests.keep)'),
  lastChange: z
    .strictObject({
      request: z.string(),
      by: z.string().optional().describe('What the request said of who asks; nobody has checked it'),
      at: instant,
    })
    .optional()
    .describe('Since the start'),
});

const status = z.strictObject({
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

const detections = z.strictObject({
  camera: z.string(),
  frame,
  model: z.string(),
  inferenceMs: amount,
  detections: z.array(z.strictObject({ label: z.string(), score, box })),
  tracks: z
    .array(z.strictObject({ id: count, label: z.string(), box, stationary: z.boolean() }))
    .describe('Objects followed over frames, those hidden for a moment included; ids are unique since start'),
});

const objectCount = z.strictObject({
  camera: z.string(),
  label: z.string(),
  count: count.describe('Seen within the last second'),
  stationary: count.describe('How many of them do not move'),
});
const byLabel = z.record(z.string(), count);

const zone = z.strictObject({
  camera: z.string(),
  zone: z.string(),
  occupied: z.boolean(),
  count: count.describe('Of all labels'),
  byLabel,
});

const line = z.strictObject({
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

const events = z.strictObject({
  camera: z.string(),
  event: z.enum(eventNames),
  track,
  zone: z.string().optional(),
  line: z.string().optional(),
  seconds: amount.optional().describe('Of a track from first to last seen, of a stay in a zone until now'),
  zonesVisited: z.array(z.string()).optional().describe('At the end of a track'),
  frame,
  model: z.string(),
});

const eventCounts = z
  .strictObject({
    produced: count,
    delivered: count.describe('The broker has them'),
    refused: count.describe('The broker will not take them'),
    expired: count.describe('Older than mqtt.outbox.maxAgeHours when their turn came'),
    evicted: count.describe('For want of space, or by a fault of the disk'),
    pending: count.describe('They wait for the broker'),
    inMemory: count.describe('Pending ones that a crash would take, for the disk does not'),
    refusedFor: z.partialRecord(z.enum(refusalReasons), count).describe('Only reasons that happened'),
    evictedFor: z.partialRecord(z.enum(evictionReasons), count).describe('Only reasons that happened'),
  })
  .describe(
    'Since the folder of the outbox was made: produced = delivered + refused + expired + evicted + pending',
  );

const health = z.strictObject({
  uptimeSeconds: amount,
  residentBytes: count,
  inferenceAgeSeconds: amount.nullable().describe('Since the last frame was inferred; null before the first'),
  detector: z
    .strictObject({
      state: z.enum(['working', 'failing']),
      failures: count.describe('Since start'),
      building: z.string().optional().describe('An engine that is being built, and how far it is'),
      failure: z
        .enum(['memory', 'files', 'hung', 'other'])
        .optional()
        .describe('Of the last, until it works: memory passes by itself, broken files do not'),
      message: z.string().optional(),
    })
    .optional(),
  configuration: configuration.optional(),
  cameras: z.record(z.string(), z.strictObject({ state: z.string(), restarts: count })),
  events: eventCounts.optional(),
  refused: z
    .partialRecord(z.enum(refusalReasons), count)
    .optional()
    .describe('Messages and subscriptions that the broker did not take since start, by reason'),
  refusedTopics: z
    .array(
      z.strictObject({
        of: z.enum(['message', 'subscription']),
        topic: z.string(),
        reason: z.enum(refusalReasons),
        count,
        bytes: count.describe('Of the latest'),
      }),
    )
    .optional()
    .describe('Where that was, the latest first; twenty at most'),
});

const response = z.strictObject({
  request: z.string(),
  transaction: z.unknown().optional().describe('As the request gave it'),
  status: z.enum(['ok', 'error']),
  data: z.unknown().optional(),
  error: z.string().optional().describe('One line, for people'),
});

const percentiles = z.strictObject({ p50: amount, p95: amount, p99: amount, max: amount, count });

const stats = z.strictObject({
  intervalSeconds: amount.describe('Measured; rates and latency are of this interval, counts since start'),
  cameras: z.record(
    z.string(),
    z.strictObject({
      captured: count,
      inferred: count,
      skipped: count.describe('Not looked at because nothing moved'),
      dropped: count.describe('Given up for newer ones'),
      capturedFps: amount,
      inferredFps: amount,
      skippedFps: amount,
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
    gpu: z
      .strictObject({ loadPercent: amount.optional(), clockMHz: amount.optional() })
      .optional()
      .describe('Where there is one that the kernel tells of'),
    powerWatts: z.record(z.string(), z.number()).optional().describe('By rail, where the board measures it'),
  }),
  mqtt: z
    .strictObject({
      published: count,
      droppedOffline: count,
      droppedSlow: count,
      refused: count,
      connects: count,
    })
    .describe(
      'Messages since start: given to the broker, given up for want of one or for its slowness, and refused',
    ),
});

const bodies = {
  state,
  info,
  health,
  settings,
  status,
  detections,
  count: objectCount,
  zone,
  line,
  events,
  stats,
  diagnostics: stats,
  response,
} satisfies Record<MessageKind, z.ZodObject>;

export type Body<Kind extends MessageKind> = z.infer<(typeof bodies)[Kind]>;
export type Envelope = z.infer<typeof envelope>;
/** What can be published; `state` is the publisher's own business. */
type Published = Exclude<MessageKind, 'state'>;
export type Message = { readonly [Kind in Published]: { kind: Kind; body: Body<Kind> } }[Published];

/** Schema of a whole message: envelope and body. */
export function messageSchema(kind: MessageKind): z.ZodObject {
  return envelope.extend(bodies[kind].shape);
}

/**
 * JSON Schema (2020-12) of every message: `$defs` has one per kind, the file itself fits any of them. Keys that
 * are not in it are allowed, for later versions may add some.
 */
export function messagesJsonSchema(): Record<string, unknown> {
  const kinds = Object.keys(bodies) as MessageKind[];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:cspcam:messages:${SCHEMA_VERSION}`,
    title: 'cspcam messages',
    description: 'Kind of message -> its schema; title is the topic below <base>/<device>/',
    anyOf: kinds.map((kind) => ({ $ref: `#/$defs/${kind}` })),
    $defs: Object.fromEntries(kinds.map((kind) => [kind, kindJsonSchema(kind)])),
  };
}

function kindJsonSchema(kind: MessageKind): object {
  const { path, about, maximumBytes } = topicTable[kind];
  const { $schema: _, ...schema } = z.toJSONSchema(messageSchema(kind), {
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return { title: path, description: `${about}; at most ${maximumBytes} bytes`, ...schema };
}
