// inference.provider auto -> the provider that is fastest here, measured once and kept with the optimized networks.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readCpuFeatures } from '#common/cpu-features.js';
import { makeFolder } from '#common/make-folder.js';
import { writeWhole } from '#common/write-file.js';
import type { ModelFolder } from '../../models/folder/folder.js';
import { type EngineName, installedEngines } from '../../models/runtime/engines/registry.js';
import { runtimeVersion } from '../../models/runtime/onnxruntime.js';
import { type DetectorOptions, openDetector } from '../../models/runtime/open.js';

export interface ChosenProvider {
  readonly provider: string;
  /** A line, for people; nothing where it was asked for. */
  readonly providerReason?: string;
}

export type ProviderOptions = Pick<
  DetectorOptions,
  'precision' | 'threads' | 'cache' | 'onNotice' | 'signal'
>;

const FILE = 'providers.json';
/** Of models, threads and versions; the oldest goes. */
const MOST_KEPT = 32;
const WARM_UP_FRAMES = 3;
const MEASURE_MS = 500;
const FEWEST_FRAMES = 5;
/** A process more has to be worth it. */
const LEAST_GAIN = 1.05;

const kept = z.record(z.string(), z.record(z.string(), z.number().positive()));
type FrameTimes = Readonly<Record<string, number>>;

/**
 * An engine that cannot run the network is passed over, and `onNotice` told why.
 *
 * @throws what opening the network on the CPU throws
 */
export async function fastestProvider(
  folder: ModelFolder,
  options: ProviderOptions,
): Promise<ChosenProvider> {
  const engines = await installedEngines();
  if (engines.length === 0)
    return { provider: 'cpu', providerReason: 'cpu: no engine is installed (cspcam engines list)' };
  const { cache } = options;
  const key = await keyOf(folder, engines, options);
  const file = cache && join(cache, FILE);
  const known = file === undefined ? {} : await readKept(file);
  const times =
    known[key] ??
    (await measure(
      folder,
      engines.map(({ name }) => name),
      options,
    ));
  if (known[key] === undefined && file !== undefined) await keep(file, { ...known, [key]: times }, options);
  return fastestOf(times);
}

/** @param times milliseconds a frame, `cpu` among them */
export function fastestOf(times: FrameTimes): ChosenProvider {
  const others = Object.entries(times).filter(([name]) => name !== 'cpu');
  const [best, ms] = others.reduce((a, b) => (b[1] < a[1] ? b : a), ['cpu', Number.POSITIVE_INFINITY]);
  const isFaster = ms * LEAST_GAIN <= times['cpu']!;
  const provider = isFaster ? best : 'cpu';
  const said = Object.entries(times).map(([name, time]) => `${name} ${time.toFixed(1)}`);
  return { provider, providerReason: `${provider}: measured here, ms a frame: ${said.join(', ')}` };
}

async function measure(
  folder: ModelFolder,
  engines: readonly EngineName[],
  options: ProviderOptions,
): Promise<FrameTimes> {
  const times: [string, number][] = [];
  for (const provider of ['cpu', ...engines]) {
    try {
      times.push([provider, await frameTime(folder, provider, options)]);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (provider === 'cpu') throw error;
      options.onNotice?.(`passed over ${provider}: ${(error as Error).message}`);
    }
  }
  return Object.fromEntries(times);
}

/** The median of a grey picture: what a network finds makes no difference to its time. */
async function frameTime(folder: ModelFolder, provider: string, options: ProviderOptions): Promise<number> {
  const detector = await openDetector(folder, { ...options, provider, minScore: 1 });
  try {
    const { width, height } = folder.description.input;
    let pixels = new Uint8Array(3 * width * height).fill(128).buffer as ArrayBuffer;
    const frame = async () => {
      const result = await detector.detect(pixels);
      pixels = result.pixels;
      return result.inferenceMs;
    };
    for (let n = 0; n < WARM_UP_FRAMES; n++) await frame();
    const times: number[] = [];
    for (
      const begunMs = performance.now();
      times.length < FEWEST_FRAMES || performance.now() - begunMs < MEASURE_MS;
    )
      times.push(await frame());
    return times.toSorted((a, b) => a - b)[times.length >> 1]!;
  } finally {
    await detector.close();
  }
}

/** Whatever the times depend on. */
async function keyOf(
  { description }: ModelFolder,
  engines: Awaited<ReturnType<typeof installedEngines>>,
  { precision = 'auto', threads }: ProviderOptions,
): Promise<string> {
  const { model, flags } = await readCpuFeatures();
  const states = await Promise.all(engines.map(({ file }) => stat(file)));
  const programs = engines.map(({ name, file }, i) => [name, file, states[i]!.size, states[i]!.mtimeMs]);
  const parts = [description.files, precision, threads, runtimeVersion, model, [...flags], programs];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Nothing of a file that is not there, or damaged: it is measured again. */
async function readKept(file: string): Promise<Record<string, FrameTimes>> {
  try {
    return kept.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return {};
  }
}

async function keep(
  file: string,
  all: Readonly<Record<string, FrameTimes>>,
  { cache, onNotice }: ProviderOptions,
): Promise<void> {
  try {
    await makeFolder(cache!, { mode: 0o700 });
    const newest = Object.fromEntries(Object.entries(all).slice(-MOST_KEPT));
    await writeWhole(file, `${JSON.stringify(newest, undefined, 2)}\n`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    onNotice?.(`expected to keep which provider is fastest in ${file}, received ${code ?? message}`);
  }
}
