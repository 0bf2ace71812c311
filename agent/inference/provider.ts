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
/** An engine may fail for a moment alone, as before its driver is up; one that fails for good may take minutes for it. */
const TRY_AGAIN_MS = 3_600_000;

const outcome = z.strictObject({
  times: z.record(z.string(), z.number().positive()).describe('Milliseconds a frame, `cpu` among them'),
  failures: z.record(z.string(), z.string()).describe('Why an engine was not measured'),
  measuredAtMs: z.number().describe('Since 1970'),
});
const kept = z.record(z.string(), outcome);
type Outcome = z.output<typeof outcome>;

/**
 * An engine that cannot run the network is passed over, and `onNotice` told why; an hour later it is tried again.
 *
 * @param nowMs the wall clock
 * @throws what opening the network on the CPU throws
 */
export async function fastestProvider(
  folder: ModelFolder,
  options: ProviderOptions,
  nowMs: () => number = Date.now,
): Promise<ChosenProvider> {
  const engines = await installedEngines();
  if (engines.length === 0)
    return { provider: 'cpu', providerReason: 'cpu: no engine is installed (cspcam engines list)' };
  const { cache } = options;
  const key = await keyOf(folder, engines, options);
  const file = cache && join(cache, FILE);
  const { [key]: known, ...others } = file === undefined ? {} : await readKept(file);
  if (known !== undefined && holds(known, nowMs())) return fastestOf(known);
  const names = engines.map(({ name }) => name);
  const found = { ...(await measure(folder, names, options)), measuredAtMs: nowMs() };
  if (file !== undefined) await keep(file, { ...others, [key]: found }, options);
  return fastestOf(found);
}

/** The clock of a device without a battery may have been anywhere. */
function holds({ failures, measuredAtMs }: Outcome, nowMs: number): boolean {
  return Object.keys(failures).length === 0 || Math.abs(nowMs - measuredAtMs) < TRY_AGAIN_MS;
}

export function fastestOf({ times, failures }: Pick<Outcome, 'times' | 'failures'>): ChosenProvider {
  const others = Object.entries(times).filter(([name]) => name !== 'cpu');
  const [best, ms] = others.reduce((a, b) => (b[1] < a[1] ? b : a), ['cpu', Number.POSITIVE_INFINITY]);
  const isFaster = ms * LEAST_GAIN <= times['cpu']!;
  const provider = isFaster ? best : 'cpu';
  const said = Object.entries(times).map(([name, time]) => `${name} ${time.toFixed(1)}`);
  const failed = Object.entries(failures).map(([name, why]) => `; ${name} failed: ${why}`);
  return {
    provider,
    providerReason: `${provider}: measured here, ms a frame: ${said.join(', ')}${failed.join('')}`,
  };
}

async function measure(
  folder: ModelFolder,
  engines: readonly EngineName[],
  options: ProviderOptions,
): Promise<Pick<Outcome, 'times' | 'failures'>> {
  const times: Record<string, number> = {};
  const failures: Record<string, string> = {};
  for (const provider of ['cpu', ...engines]) {
    try {
      times[provider] = await frameTime(folder, provider, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (provider === 'cpu') throw error;
      failures[provider] = (error as Error).message;
      options.onNotice?.(`passed over ${provider}: ${failures[provider]}`);
    }
  }
  return { times, failures };
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
async function readKept(file: string): Promise<Record<string, Outcome>> {
  try {
    return kept.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return {};
  }
}

async function keep(
  file: string,
  all: Readonly<Record<string, Outcome>>,
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
