// The name of a suite, or its file -> what is run, frozen: networks with fixed random weights, pictures, scenarios, durations.

import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { expected, misused } from '#common/errors.js';
import { packageFile } from '#common/package.js';
import { seededRandom } from '../../models/networks/random.js';
import type { Size } from '../../pipelines/frame.js';
import type { BenchDocument } from './result.js';

const positive = z.number().positive();
const count = z.int().positive();
const names = z.array(z.string()).min(1).describe('Of networks of the suite');

const network = z.strictObject({
  name: z.string().describe('Of `cspcam models list`'),
  size: count.describe('Width and height of the input, pixels'),
  precisions: z.array(z.enum(['fp32', 'int8'])).min(1),
  cfg: z.string().length(64).describe('sha256 of its Darknet architecture'),
  weights: z.string().length(64).describe('sha256 of its Darknet weights'),
});

const suiteFile = z.strictObject({
  name: z.string(),
  seed: z.int().min(0).describe('Of pictures; weights are told by their sum'),
  calibrationPictures: count.describe('Of noise, for the ranges of int8'),
  networks: z.array(network).min(1),
  single: z.strictObject({ seconds: positive }),
  offline: z.strictObject({ seconds: positive }),
  multistream: z.strictObject({
    networks: names,
    seconds: positive.describe('Of a trial'),
    fps: positive.describe('Of each camera'),
    maxAgeMs: positive,
  }),
  coldstart: z.strictObject({ networks: names, processes: count }),
  layers: z.strictObject({ networks: names, frames: count }),
});

export type SuiteDefinition = z.output<typeof suiteFile>;

export interface Suite {
  readonly definition: SuiteDefinition;
  /** Of the file's bytes. */
  readonly sha256: string;
}

const FOLDER = packageFile('agent/bench/suites');

/** @param nameOrFile one of the package, or a file `NAME.json` @throws UsageError naming the suites that exist, CspcamError for a file that is none */
export async function readSuite(nameOrFile: string): Promise<Suite> {
  const isFile = nameOrFile.endsWith('.json');
  const file = isFile ? nameOrFile : join(FOLDER, `${nameOrFile}.json`);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw isFile
      ? expected('a readable file', nameOrFile, error.code ?? error.message, error)
      : misused(`one of ${suiteNames().join(', ')}, or a file NAME.json`, '--suite', nameOrFile);
  });
  try {
    const definition = suiteFile.parse(JSON.parse(bytes.toString('utf8')));
    return { definition, sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    throw expected('the definition of a suite', file, 'something else', error);
  }
}

/** Those of the package. */
export function suiteNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .toSorted();
}

/** Planar RGB, (3, H, W), the same everywhere: no decoder of a video has a say. */
export function noisePicture({ width, height }: Size, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: 3 * width * height }, () => Math.floor(256 * random()));
}

/** What a complete run has, as `network size precision scenario`. */
export function rowsOfSuite({ networks, multistream, coldstart, layers }: SuiteDefinition): string[] {
  return networks.flatMap(({ name, size, precisions }) =>
    precisions.flatMap((precision) => [
      ...['single', 'offline'].map((scenario) => `${name} ${size} ${precision} ${scenario}`),
      ...(multistream.networks.includes(name) ? [`${name} ${size} ${precision} multistream`] : []),
      ...(coldstart.networks.includes(name)
        ? ['coldstart', 'coldstart kept'].map((what) => `${name} ${size} ${precision} ${what}`)
        : []),
      ...(layers.networks.includes(name) ? [`${name} ${size} ${precision} layers`] : []),
    ]),
  );
}

/** The same of what was measured. */
export function rowsOfDocument({ results, starts = [], layers = [] }: BenchDocument): string[] {
  const subject = ({ model, size, precision }: { model: string; size: number; precision: string }) =>
    `${model} ${size} ${precision}`;
  return [
    ...results.map((row) => `${subject(row)} ${row.scenario}`),
    ...starts.map((row) => `${subject(row)} ${row.kept ? 'coldstart kept' : 'coldstart'}`),
    ...layers.map((row) => `${subject(row)} layers`),
  ];
}
