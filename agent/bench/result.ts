// What a benchmark gives: its type, its check and its JSON Schema from one place.

import { z } from 'zod';

export const scenarios = ['single', 'offline', 'multistream', 'live', 'sustained'] as const;
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

const ages = z.strictObject({ p50: share, p95: share, p99: share });

const live = z.strictObject({
  source: z.string(),
  ageMs: ages.describe('From capture to publishing over MQTT'),
  captured: count.describe('Frames of the source'),
  published: count,
  dropped: count.describe('Replaced by a newer frame before anybody looked at them'),
});

const part = z.number().min(0).max(1);

const trial = z.strictObject({
  cameras: z.int().positive(),
  p99Ms: share.describe('Age of frames that were looked at'),
  dropped: part,
  inTime: part.describe('Of all frames that the cameras gave, looked at within the age limit'),
  isWithin: z.boolean(),
});

export const multistream = z.strictObject({
  cameras: count.describe('The most that were within the limit; 0 where one was too many'),
  cameraFps: positive.describe('Of each camera'),
  maxAgeMs: positive.describe('Limit that 99% of all frames have to keep, those dropped among them'),
  ageMs: ages.describe('From the moment a camera gives a frame to its boxes, of frames looked at'),
  dropped: part.describe('Share of frames that a newer one replaced'),
  trials: z.array(trial).describe('In their order'),
});

const accuracy = z.strictObject({
  data: z.string().describe('Name of the file of annotations'),
  split: z.string().nullable(),
  images: z.int().positive(),
  ap50: z
    .strictObject({
      persons: part.nullable(),
      vehicles: part.nullable().describe('Of any kind as one class'),
      all: part.nullable().describe('Mean of the classes'),
    })
    .describe('Null where there are none in the pictures, or the network does not know them'),
});

const sustained = z.strictObject({
  kept: positive.describe('Frame rate of the last quarter by that of the first'),
  throttled: z.boolean().nullable().describe('Null where neither clocks, counters nor flags can be read'),
  because: z.array(z.string()).describe('What says so'),
});

/** What a row is of. */
const network = z.string().describe('sha256 of the ONNX in floats, of which an integer form is made');
const subject = {
  model: z.string(),
  size: z.int().positive().describe('Width of the input, pixels'),
  precision: z.enum(['fp32', 'int8', 'fp16']),
  provider: z.string(),
  threads: count.describe('Of each session; 0 where the runtime chose'),
  network,
};

export const result = z.strictObject({
  ...subject,
  sessions: z.int().positive().describe('Frames worked on at the same time'),
  scenario: z.enum(scenarios),
  fps: share.describe('Frames looked at per second'),
  latencyMs: latency.describe(
    'Of one frame from pixels to boxes; offline with its wait for a session; multistream from the camera, live from capture to publishing',
  ),
  predictedMs: positive.nullable().describe('Of the cost model, for the network alone'),
  networkMs: share.describe('Median of the network alone, without decoding and handing over'),
  inferences: count.describe('Timed; warming up is not among them'),
  noise: share
    .nullable()
    .describe('Standard error of the median over the rounds, relative; null of one round'),
  ratio: positive
    .nullable()
    .describe(
      'Times as fast as the first row of the scenario, median within rounds; null of multistream and live',
    ),
  weights: z.enum(['trained', 'random']).describe('Random ones are for timing only'),
  precisionReason: z.string().optional().describe('Why this precision ran, where none was asked for'),
  form: z
    .string()
    .optional()
    .describe('Which integer form ran, and why, or how an engine computed; absent in fp32 on the CPU'),
  timeline: z.array(moment),
  histogram: z.array(bin).describe('Of latencies'),
  energy: energy.nullable().describe('Null where the board does not tell'),
  multistream: multistream.optional(),
  live: live.optional(),
  sustained: sustained.optional(),
  accuracy: accuracy.optional(),
  paper: z
    .record(z.string(), positive)
    .optional()
    .describe("Frames per second in the paper's table 5, by device"),
});

export const start = z
  .strictObject({
    ...subject,
    kept: z.boolean().describe('The optimized network of an earlier start was there'),
    processes: z.int().positive().describe('Started one after the other; figures are their medians'),
    loadMs: share.describe('From the start of the process to the program being loaded'),
    openMs: share.describe('Reading the network, optimizing it where none was kept, and getting ready'),
    firstResultMs: share.describe('From the first frame to its boxes'),
    peakRssMB: positive.nullable().describe('Most memory that the process had; null where nobody tells'),
    pssMB: positive.nullable().describe('After the first result, with its part of what is shared'),
  })
  .describe('A process that opens the network and looks at one frame, its files in the cache of the disk');

const kernel = z.strictObject({
  name: z.string(),
  op: z.string(),
  layer: count.nullable().describe('Of the network that it belongs to; null where its name does not tell'),
  ms: share.describe('Median over the frames'),
  gop: positive.nullable().describe('Of convolutions: billions of operations, a multiply-add is two'),
});

const layerTime = z.strictObject({
  index: count,
  type: z.string(),
  ms: share.describe('Of its kernels; 0 of what the runtime has fused with another'),
  predictedMs: share.nullable(),
});

const kernelClass = z.strictObject({
  what: z.string().describe('Convolutions by size and filters, other kernels by operator'),
  kernels: z.int().positive(),
  ms: share,
  gop: positive.nullable(),
});

export const layers = z.strictObject({
  ...subject,
  frames: z.int().positive(),
  roofGops: positive.describe('Of a 3x3 convolution of 256 channels on the same threads'),
  kernelsMs: share.describe('Of all kernels'),
  networkMs: share.describe('Median of the network under the profiler, which takes time itself'),
  predictedMs: positive.nullable().describe('Of the cost model'),
  classes: z.array(kernelClass),
  layers: z.array(layerTime).describe('Empty where kernels cannot be told by layer'),
  kernels: z.array(kernel).describe('In the order in which they ran'),
});

export const suite = z.strictObject({
  name: z.string(),
  sha256: z.string().length(64).describe('Of the file that defines it'),
});

export const environment = z.strictObject({
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
  .strictObject({
    suite: suite.optional().describe('Where a suite was run, and nothing else'),
    environment,
    results: z.array(result).describe('Empty where only starts or layers were asked for'),
    starts: z.array(start).optional(),
    layers: z.array(layers).optional(),
  })
  .refine(({ results, starts = [], layers: times = [] }) => results.length + starts.length + times.length > 0)
  .meta({ title: 'cspcam benchmark' });

export type BenchDocument = z.output<typeof benchFile>;
export type BenchResult = z.output<typeof result>;
export type Environment = z.output<typeof environment>;
export type BenchStart = z.output<typeof start>;
export type BenchLayers = z.output<typeof layers>;
export type Accuracy = z.output<typeof accuracy>;
export type Multistream = z.output<typeof multistream>;
export type Trial = z.output<typeof trial>;
export type Moment = z.output<typeof moment>;
export type Energy = z.output<typeof energy>;

/** JSON Schema (2020-12) of what `cspcam bench --json` writes. */
export function benchJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(benchFile) as Record<string, unknown>;
}
