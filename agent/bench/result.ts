// What a benchmark gives: its type, its check and its JSON Schema from one place.

import { z } from 'zod';

export const scenarios = ['single', 'offline', 'live', 'sustained'] as const;
export type Scenario = (typeof scenarios)[number];

const positive = z.number().positive();
const count = z.int().min(0);
const share = z.number().min(0);

const latency = z
  .strictObject({ min: share, p50: share, p90: share, p95: share, p99: share })
  .describe('Milliseconds; percentiles by nearest rank');

const moment = z.strictObject({
  seconds: share.describe('Since the measurement began'),
  fps: share,
  clockMHz: positive.nullable().describe('Mean of the cores; null where the kernel does not tell'),
  temperatureC: z.number().nullable().describe('Of the hottest sensor'),
});

const bin = z.strictObject({ fromMs: share, toMs: share, count });

const energy = z.strictObject({
  source: z.string().describe('What was read, as `RAPL package-0`'),
  watts: positive,
  idleWatts: share.describe('Of the same source before the measurement'),
  joulesPerFrame: positive,
  netJoulesPerFrame: share.describe('Less what an idle machine takes'),
  fpsPerWatt: positive,
  netFpsPerWatt: positive.nullable().describe('Null where idling takes as much'),
});

const live = z.strictObject({
  source: z.string(),
  ageMs: z
    .strictObject({ p50: share, p95: share, p99: share })
    .describe('From capture to publishing over MQTT'),
  captured: count.describe('Frames of the source'),
  published: count,
  dropped: count.describe('Replaced by a newer frame before anybody looked at them'),
});

const sustained = z.strictObject({
  kept: positive.describe('Frame rate of the last quarter by that of the first'),
  throttled: z.boolean().nullable().describe('Null where neither clocks, counters nor flags can be read'),
  because: z.array(z.string()).describe('What says so'),
});

const result = z.strictObject({
  model: z.string(),
  size: z.int().positive().describe('Width of the input, pixels'),
  precision: z.enum(['fp32', 'int8', 'fp16']),
  provider: z.string(),
  sessions: z.int().positive().describe('Frames worked on at the same time'),
  threads: count.describe('Of each session; 0 where the runtime chose'),
  scenario: z.enum(scenarios),
  fps: share.describe('Frames looked at per second'),
  latencyMs: latency.describe(
    'Of one frame from pixels to boxes; offline with its wait for a session; live from capture to publishing',
  ),
  predictedMs: positive.nullable().describe('Of the cost model, for the network alone'),
  networkMs: share.describe('Median of the network alone, without decoding and handing over'),
  inferences: count.describe('Timed; warming up is not among them'),
  noise: share
    .nullable()
    .describe('Standard error of the median over the rounds, relative; null of one round'),
  ratio: positive
    .nullable()
    .describe('Times as fast as the first row of the scenario, median within rounds; null of live ones'),
  weights: z.enum(['trained', 'random']).describe('Random ones are for timing only'),
  network: z.string().describe('sha256 of the ONNX in floats, of which an integer form is made'),
  form: z.string().optional().describe('Which integer form ran, and why; absent in fp32'),
  timeline: z.array(moment),
  histogram: z.array(bin).describe('Of latencies'),
  energy: energy.nullable().describe('Null where the board does not tell'),
  live: live.optional(),
  sustained: sustained.optional(),
  paper: z
    .record(z.string(), positive)
    .optional()
    .describe("Frames per second in the paper's table 5, by device"),
});

const environment = z.strictObject({
  measuredAt: z.string().describe('ISO 8601'),
  cspcam: z.string().describe('Version'),
  node: z.string(),
  onnxruntime: z.string(),
  os: z.string(),
  machine: z.string().describe('What figures are of: board, CPU and cores'),
  cpu: z.string(),
  cores: count.describe('Physical ones that are on'),
  isa: z.array(z.string()).describe('Instructions that networks profit from'),
  memoryGB: positive.nullable(),
  isVirtual: z.boolean(),
  profile: z.string().describe('Device profile'),
  predictedFrom: z
    .enum(['measurement', 'profile'])
    .describe('Roofs of predictions: what `cspcam profiles measure` found, or nominal figures'),
  powerMode: count.nullable().describe('As nvpmodel numbers it'),
  governor: z.string().nullable(),
  clockMHz: positive.nullable().describe('Mean of the cores at the start'),
  temperatureC: z.number().nullable().describe('Of the hottest sensor at the start'),
  othersLoad: share.nullable().describe('Cores that other processes kept busy meanwhile'),
  throttled: z.boolean().nullable(),
  warnings: z.array(z.string()).describe('What makes the figures less sure'),
});

export const benchFile = z
  .strictObject({ environment, results: z.array(result).min(1) })
  .meta({ title: 'cspcam benchmark' });

export type BenchDocument = z.output<typeof benchFile>;
export type BenchResult = z.output<typeof result>;
export type Environment = z.output<typeof environment>;
export type Moment = z.output<typeof moment>;
export type Energy = z.output<typeof energy>;

/** JSON Schema (2020-12) of what `cspcam bench --json` writes. */
export function benchJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(benchFile) as Record<string, unknown>;
}
