// What the agent tells of itself, and answers.

import { z } from 'zod';
import { stages } from '../../telemetry/stages.js';
import { evictionReasons } from '../outbox/settlements.js';
import { refusalReasons } from '../outcome.js';
import { amount, count, instant, size } from './parts.js';

const configuration = z
  .strictObject({
    loadedAt: instant.describe('When the one that runs was read'),
    refusedAt: instant.optional().describe('When the file was read since and refused'),
    refusal: z.string().optional().describe('Why; a line'),
  })
  .describe('What became of the configuration file');

export const state = z.strictObject({ state: z.enum(['online', 'offline']) });

export const info = z.strictObject({
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

export const settings = z.strictObject({
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

export const health = z.strictObject({
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
  clips: z
    .strictObject({
      state: z.enum(['working', 'failing']),
      files: count,
      bytes: count.describe('With those that are being written'),
      message: z.string().optional().describe('Why none can be written'),
    })
    .optional()
    .describe('Clips on the disk, where cameras have any'),
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

export const response = z.strictObject({
  request: z.string(),
  transaction: z.unknown().optional().describe('As the request gave it'),
  status: z.enum(['ok', 'error']),
  data: z.unknown().optional(),
  error: z.string().optional().describe('One line, for people'),
});

const percentiles = z.strictObject({ p50: amount, p95: amount, p99: amount, max: amount, count });

export const stats = z.strictObject({
  intervalSeconds: amount.describe('Measured; rates and latency are of this interval, counts since start'),
  cameras: z.record(
    z.string(),
    z.strictObject({
      captured: count,
      inferred: count,
      skipped: count.describe('Not looked at because nothing moved, or by `maxFps`'),
      dropped: count.describe('Given up for newer ones'),
      capturedFps: amount,
      inferredFps: amount,
      skippedFps: amount,
      droppedFps: amount,
      restarts: count,
    }),
  ),
  secondLook: z
    .strictObject({
      frames: count.describe('Frames that had one or more'),
      looks: count,
      found: count.describe('Detections that only second looks had shown'),
      looksPerSecond: amount,
      detectorPercent: amount.describe("Of the detector's time; 100 is one session that does nothing else"),
    })
    .optional()
    .describe('Parts of pictures that were looked at once more; nothing before the first'),
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
