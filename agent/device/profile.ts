// A file of device-profiles/ -> its type, its rules and its JSON Schema, from one place.

import { z } from 'zod';
import { expected } from '#common/errors.js';

const positive = z.number().positive();
const text = z.string().min(1);

const figure = z
  .strictObject({ value: positive, source: text.describe('Where the value is from, or how it was computed') })
  .describe('A number and where it is from');

const peaks = z
  .strictObject({
    fp32: figure.optional(),
    fp16: figure.optional(),
    int8: figure.optional(),
  })
  .describe('Theoretical, billions of operations per second; a multiply-add is two. Absent: not in hardware');

const core = z.strictObject({
  core: text.meta({ description: 'Name of the core', examples: ['Cortex-A57'] }),
  cores: z.int().positive().describe('Physical ones'),
  clockMHz: positive.describe('All of them under load'),
});

const powerMode = z.strictObject({
  id: z.int().min(0).describe('As nvpmodel numbers it'),
  name: text,
  watts: positive.optional().describe('Budget, where it has one'),
  gpuMHz: positive.describe('Highest clock of the GPU'),
  memoryMHz: positive.describe('Highest clock of the memory; its bandwidth goes with it'),
  cpu: z.array(core).min(1).describe('Cores that are on'),
  source: text,
});

const ISAS = ['sse4', 'avx2', 'avx512', 'vnni', 'neon', 'dotprod', 'fp16'] as const;
const provider = z.enum(['cpu', 'tensorrt', 'cuda']);
const precision = z.enum(['fp32', 'fp16', 'int8']);

export const profileFile = z
  .strictObject({
    $schema: z.string().optional(),
    name: z
      .string()
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      .describe('The name of the file without .json'),
    title: text.describe('What people call it'),
    detect: z
      .strictObject({
        compatible: z
          .array(text)
          .default([])
          .describe('Parts of the entries of /proc/device-tree/compatible, any of which tells the board'),
        soc: text
          .optional()
          .describe(
            'Entry that stands for every board of a family which no profile knows; in its weakest member',
          ),
        cpuModel: text.optional().describe('Part of the model name in /proc/cpuinfo'),
        architecture: z.enum(['x64', 'arm64']).optional().describe('For machines that nothing else fits'),
      })
      .describe('What tells a machine of this kind'),
    memory: z.strictObject({
      sizesGB: z.array(positive).min(1).describe('That it comes with, the smallest first'),
      theoreticalGBs: figure,
      usableGBs: figure.describe('What programs get'),
      otherwiseGBs: figure.optional().describe('Theoretical, with the other memory that it comes with'),
      clockMHz: positive.optional().describe('At theoreticalGBs; where power modes lower it'),
    }),
    cpu: z.strictObject({
      clusters: z.array(core).min(1),
      isa: z.array(z.enum(ISAS)).min(1),
      peakGops: peaks,
      cacheMB: figure.describe('Last level'),
    }),
    gpu: z
      .strictObject({
        cores: z.int().positive(),
        computeCapability: text.describe('sm'),
        clockMHz: positive,
        peakGops: peaks,
        cacheMB: figure.describe('Level 2'),
        moduleInt8Tops: figure.optional().describe('As advertised, DLA included where there is one'),
      })
      .optional(),
    powerModes: z.array(powerMode).default([]),
    inference: z.strictObject({
      providers: z.array(provider).min(1).describe('The best first'),
      precisions: z
        .partialRecord(provider, z.array(precision).min(1))
        .describe('Of each provider, the best first'),
      threads: z.int().positive().describe('Of a network on the CPU'),
      mode: z
        .enum(['auto', 'latency', 'throughput'])
        .default('auto')
        .describe('auto is throughput where several cameras share the CPU, else latency'),
    }),
    capture: z.strictObject({
      decoders: z
        .array(text)
        .describe('GStreamer elements to prefer to what GStreamer itself would take, the best first'),
      camera: text.optional().describe('GStreamer element of cameras on the board'),
    }),
    default: z.strictObject({ model: text, size: z.int().positive() }).describe('Network to begin with'),
    notes: z.array(text).default([]),
  })
  .meta({ title: 'cspcam device profile' });

export type DeviceProfile = z.output<typeof profileFile>;
export type PowerMode = DeviceProfile['powerModes'][number];
export type Cluster = DeviceProfile['cpu']['clusters'][number];
export type Provider = z.output<typeof provider>;

/** @throws CspcamError naming the first key that does not fit */
export function parseProfile(json: string, file: string): DeviceProfile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw expected('JSON', file, (error as Error).message, error);
  }
  const { data, error } = profileFile.safeParse(value);
  if (data !== undefined) return data;
  const issue = error.issues[0]!;
  const where = `${file}: ${issue.path.join('.') || 'profile'}`;
  const received = issue.code === 'unrecognized_keys' ? issue.keys[0] : at(value, issue.path);
  throw expected(expectation(issue), where, received);
}

const TYPES: Partial<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'keys and values',
  record: 'keys and values',
};

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'a key of profile.schema.json';
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`;
    case 'invalid_format':
      return 'lower case letters and digits, in words with single hyphens between';
    case 'too_small': {
      if (issue.origin === 'array') return 'a list that is not empty';
      if (issue.origin === 'string') return 'text that is not empty';
      return `a number ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}`;
    }
    default:
      return issue.message;
  }
}

/** JSON Schema (2020-12) of a profile, for editors. */
export function profileJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(profileFile, { io: 'input' }) as Record<string, unknown>;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}
