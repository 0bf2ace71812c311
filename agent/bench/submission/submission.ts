// A benchmark -> what of it may be published: what this file names, and nothing else.

import { z } from 'zod';
import { ISA } from '../environment.js';
import { type BenchDocument, environment, layers, multistream, result, start, suite } from '../result.js';

/** Letters of the names that makers give processors; no line breaks, no markup. */
const cpu = z.string().regex(/^[\w ()@.,+/-]{1,80}$/);
const version = z.string().regex(/^v?\d+(\.\d+){1,2}$/);
const word = z.string().regex(/^[\w.-]{1,60}$/);
const subject = { model: true, size: true, precision: true, provider: true, threads: true } as const;

const submittedEnvironment = environment
  .pick({
    cores: true,
    memoryGB: true,
    isVirtual: true,
    powerMode: true,
    clockMHz: true,
    temperatureC: true,
    othersLoad: true,
    throttled: true,
  })
  .extend({
    measuredAt: z.iso.date().describe('The day'),
    cspcam: version,
    node: version,
    onnxruntime: version,
    os: z
      .string()
      .regex(/^\w+ \d+\.\d+$/)
      .describe('Kernel and its first two numbers'),
    cpu,
    isa: z.array(z.enum(ISA)),
    profile: word.nullable().describe('Of the package; null for one of the user'),
    governor: z
      .enum(['performance', 'powersave', 'ondemand', 'conservative', 'schedutil', 'userspace'])
      .nullable(),
  });

const submittedResult = result
  .pick({
    ...subject,
    sessions: true,
    scenario: true,
    fps: true,
    latencyMs: true,
    networkMs: true,
    inferences: true,
    noise: true,
  })
  .extend({
    model: word,
    provider: word,
    multistream: multistream
      .pick({ cameras: true, cameraFps: true, maxAgeMs: true, ageMs: true, dropped: true, trials: true })
      .optional(),
    rounds: z.int().min(0).describe('Turns that the figures are of'),
    joulesPerFrame: z.number().positive().nullable(),
  });

const submittedStart = start
  .pick({
    ...subject,
    kept: true,
    processes: true,
    loadMs: true,
    openMs: true,
    firstResultMs: true,
    peakRssMB: true,
    pssMB: true,
  })
  .extend({ model: word, provider: word });

const kernelClass = layers.shape.classes.element
  .extend({ what: z.string().regex(/^[\w ,.:-]{1,80}$/) })
  .strict();
const submittedLayers = layers
  .pick({ ...subject, frames: true, roofGops: true, kernelsMs: true, networkMs: true })
  .extend({ model: word, provider: word, classes: z.array(kernelClass) });

export const submissionFile = z
  .strictObject({
    suite: suite.extend({ name: word }),
    environment: submittedEnvironment,
    results: z.array(submittedResult).min(1),
    starts: z.array(submittedStart),
    layers: z.array(submittedLayers),
  })
  .meta({ title: 'cspcam benchmark, submitted' });

export type Submission = z.output<typeof submissionFile>;

/**
 * @param profiles names of the package's
 * @throws ZodError where what is kept is not of the form that is public
 */
export function submissionOf(document: BenchDocument, profiles: readonly string[]): Submission {
  const { environment: was, results, starts = [], layers: times = [] } = document;
  return submissionFile.parse(
    pruned(
      {
        ...document,
        environment: {
          ...was,
          measuredAt: was.measuredAt.slice(0, 10),
          os: /^\w+ \d+\.\d+/.exec(was.os)?.[0],
          isa: was.isa.filter((flag) => (ISA as readonly string[]).includes(flag)),
          profile: profiles.includes(was.profile) ? was.profile : null,
        },
        results: results.map((row) => ({
          ...row,
          rounds: row.timeline.length,
          joulesPerFrame: row.energy?.joulesPerFrame ?? null,
        })),
        starts,
        layers: times,
      },
      submissionJsonSchema(),
    ),
  );
}

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

/** What a JSON Schema names of a value, at any depth. */
function pruned(value: unknown, { properties, items }: Shape): unknown {
  if (Array.isArray(value)) return items === undefined ? [] : value.map((one) => pruned(one, items));
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([key]) => properties?.[key] !== undefined);
  return Object.fromEntries(known.map(([key, inner]) => [key, pruned(inner, properties![key]!)]));
}

/** Places of a document that a submission has not, as `environment.machine`, `results.timeline`. */
export function leftOut(document: BenchDocument, submission: Submission): string[] {
  const kept = new Set(placesOf(submission));
  const places = placesOf(document).filter((place) => !kept.has(place));
  // What is left out as a whole is said once.
  return places.filter((place) => !places.some((other) => place.startsWith(`${other}.`)));
}

function placesOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((one) => placesOf(one, at)))];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = at === '' ? key : `${at}.${key}`;
    return [place, ...placesOf(inner, place)];
  });
}

/** By machine, suite and day: what others cannot be mistaken for. */
export function submissionName({
  environment: { cpu: name, cores, measuredAt },
  suite: { name: of },
}: Submission): string {
  const slug = `${name} ${cores} cores`
    .toLowerCase()
    .replace(/\((r|tm|c)\)/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${slug}-${of}-${measuredAt}.json`;
}

/** JSON Schema (2020-12) of what `cspcam bench --submit` writes. */
export function submissionJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(submissionFile) as Record<string, unknown>;
}
