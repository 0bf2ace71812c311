// Model folder + folder for optimized networks -> Session, without making again what an earlier start has.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type CpuFeatures, readCpuFeatures } from '#common/cpu-features.js';
import { CspcamError } from '#common/errors.js';
import { makeFolder } from '#common/make-folder.js';
import { type ModelFolder, networkFile } from '../folder/folder.js';
import { brokenFile, failureOf } from '../model-error.js';
import { type ChosenNetwork, chooseNetwork, type NetworkChoice } from './network.js';
import { GRAPH_OPTIONS, type GraphForm, openOnnxRuntime, runtimeVersion } from './onnxruntime.js';
import type { WantedPrecision } from './precision.js';
import type { Session, SessionOptions } from './session.js';
import { unfinishedName } from './unfinished.js';

export interface OptimizedOptions extends SessionOptions {
  /** Default `auto`. */
  readonly precision?: WantedPrecision | undefined;
  /** Where optimized networks are kept; may be missing or not writable; what is in it and damaged is made anew. */
  readonly cache?: string | undefined;
  /** Why this provider, to be told with what runs. */
  readonly providerReason?: string | undefined;
  /** Another processor's for tests. */
  readonly cpu?: CpuFeatures;
}

export interface Opened {
  readonly session: Session;
  readonly network: NetworkChoice;
  /** Why nothing could be kept, or what was kept is of no use; a sentence. */
  readonly notice?: string;
}

/** Of models, versions and machines; who uses one makes it the newest. */
const MOST_FILES = 4;
const ABANDONED_MS = 3_600_000;

/**
 * The files of the model folder are read and checked only where nothing was kept of them since they were last written.
 *
 * @throws CspcamError for a network that cannot be run
 */
export async function openOptimized(folder: ModelFolder, options: OptimizedOptions): Promise<Opened> {
  const { provider, precision, cache, cpu = await readCpuFeatures() } = options;
  const network = chooseNetwork(folder, provider, cpu, precision);
  const key = cache === undefined ? undefined : await keyOf(network, provider, cpu);
  const opened =
    cache === undefined || key === undefined
      ? { session: await openPlain(network, folder, options) }
      : await openKept(network, folder, options, { cache, key });
  return { ...opened, network: { ...network.choice, providerReason: options.providerReason } };
}

async function openKept(
  network: ChosenNetwork,
  folder: ModelFolder,
  options: SessionOptions,
  { cache, key }: { readonly cache: string; readonly key: string },
): Promise<Omit<Opened, 'network'>> {
  const kept = await readKept(cache, key);
  let notice = kept?.damage;
  if (kept?.network !== undefined) {
    try {
      return { session: await openOnnxRuntime(kept.network, folder.description, options, 'optimized') };
    } catch (error) {
      // What was kept is no worse for it, and making it anew takes more memory still.
      if (failureOf(error) === 'memory') throw error;
      notice = `expected ONNX Runtime to load ${kept.file}, which it once wrote; made anew`;
    }
  }
  if (kept !== undefined) await rm(kept.file, { force: true }).catch(() => {});
  const temporary = join(cache, unfinishedName(key));
  let session: Session | undefined;
  try {
    await makeFolder(cache, { mode: 0o700 });
    await access(cache, constants.W_OK);
    session = await openPlain(network, folder, options, { saveTo: temporary });
    const optimized = await keep(cache, key, temporary);
    // A session that has optimized its network holds what it made it of as well: 30 MB more of the default one.
    await session.close();
    session = undefined;
    session = await openOnnxRuntime(optimized, folder.description, options, 'optimized');
    return { session, ...(notice && { notice }) };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    session ??= await openPlain(network, folder, options);
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    return {
      session,
      notice: `expected to keep the optimized network in ${cache}, received ${code ?? message}`,
    };
  }
}

async function openPlain(
  network: ChosenNetwork,
  folder: ModelFolder,
  options: SessionOptions,
  form?: GraphForm,
): Promise<Session> {
  const bytes = await network.bytes();
  return openOnnxRuntime(bytes, folder.description, options, form).catch((error: unknown) => {
    // On any other provider the file may be right, and with a file to write that may be what failed.
    if (options.provider !== 'cpu' || form !== undefined || !(error instanceof CspcamError)) throw error;
    throw brokenFile(`${error.message} (${networkFile(folder)})`, error);
  });
}

/**
 * What decides how the runtime optimizes: blocks of channels are as wide as registers. How many threads run it does not.
 *
 * @returns nothing where it cannot be kept
 */
async function keyOf(
  network: ChosenNetwork,
  provider: string,
  { architecture, model, flags }: CpuFeatures,
): Promise<string | undefined> {
  // What other providers compile cannot be written as a network.
  const own = provider === 'cpu' ? await network.key() : undefined;
  if (own === undefined) return undefined;
  const parts = [own, runtimeVersion, GRAPH_OPTIONS, architecture, model, [...flags]];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

interface Kept {
  readonly file: string;
  readonly network?: Uint8Array;
  readonly damage?: string;
}

/** Files are named by key and sum of their bytes. */
async function readKept(cache: string, key: string): Promise<Kept | undefined> {
  const names = await readdir(cache).catch(() => []);
  const name = names.find((one) => one.startsWith(`${key}.`) && one.endsWith('.onnx'));
  if (name === undefined) return undefined;
  const file = join(cache, name);
  const network = await readFile(file).catch(() => undefined);
  if (network === undefined) return undefined;
  if (name !== fileName(key, network))
    return { file, damage: `expected ${file} as it was written; made anew` };
  const now = new Date();
  await utimes(file, now, now).catch(() => {});
  return { file, network };
}

/** @returns what is kept */
async function keep(cache: string, key: string, temporary: string): Promise<Uint8Array> {
  const optimized = await readFile(temporary);
  await rename(temporary, join(cache, fileName(key, optimized)));
  const names = (await readdir(cache)).filter((name) => /\.(onnx|new)$/.test(name));
  const files = await Promise.all(
    names.map(async (name) => {
      const file = join(cache, name);
      const changedMs = (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
      return { file, changedMs, isWhole: name.endsWith('.onnx') };
    }),
  );
  const whole = files.filter(({ isWhole }) => isWhole).toSorted((a, b) => b.changedMs - a.changedMs);
  const abandoned = files.filter(
    ({ isWhole, changedMs }) => !isWhole && Date.now() - changedMs > ABANDONED_MS,
  );
  for (const { file } of [...whole.slice(MOST_FILES), ...abandoned]) await rm(file, { force: true });
  return optimized;
}

/** A check against damage, not against malice: the folder is the user's own. */
function fileName(key: string, network: Uint8Array): string {
  return `${key}.${crc32(network).toString(16).padStart(8, '0')}.onnx`;
}
