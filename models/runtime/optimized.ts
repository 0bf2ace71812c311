// Network file + folder for optimized networks -> Session, without optimizing again what an earlier start has.

import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import { join } from 'node:path';
import { type ModelFolder, readNetworkFile } from '../folder/folder.js';
import { GRAPH_OPTIONS, openOnnxRuntime, runtimeVersion } from './onnxruntime.js';
import type { Session, SessionOptions } from './session.js';

export interface Opened {
  readonly session: Session;
  /** Why nothing could be kept, or what was kept is of no use; a sentence. */
  readonly notice?: string;
}

/** Of models, versions and machines; who uses one makes it the newest. */
const MOST_FILES = 4;
const ABANDONED_MS = 3_600_000;

/**
 * The file of the model folder is read and checked in any case: what was kept never hides that it was changed.
 *
 * @param cache may be missing or not writable; what is in it and damaged is made anew
 * @throws CspcamError for a network that cannot be run
 */
export async function openOptimized(
  folder: ModelFolder,
  options: SessionOptions,
  cache?: string,
): Promise<Opened> {
  const network = await readNetworkFile(folder);
  const open = () => openOnnxRuntime(network, folder.description, options);
  // What other providers compile cannot be written as a network.
  if (cache === undefined || options.provider !== 'cpu') return { session: await open() };
  const key = await keyOf(network);
  const kept = await readKept(cache, key);
  let notice = kept?.damage;
  if (kept?.network !== undefined) {
    try {
      return { session: await openOnnxRuntime(kept.network, folder.description, options, 'optimized') };
    } catch {
      notice = `expected ONNX Runtime to load ${kept.file}, which it once wrote; made anew`;
    }
  }
  if (kept !== undefined) await rm(kept.file, { force: true }).catch(() => {});
  const temporary = join(cache, `${key}.${randomUUID()}.new`);
  try {
    await mkdir(cache, { recursive: true, mode: 0o700 });
    await access(cache, constants.W_OK);
    const session = await openOnnxRuntime(network, folder.description, options, { saveTo: temporary });
    await keep(cache, key, temporary);
    return { session, ...(notice && { notice }) };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    const session = await open();
    const { code, message } = error as NodeJS.ErrnoException;
    return {
      session,
      notice: `expected to keep the optimized network in ${cache}, received ${code ?? message}`,
    };
  }
}

/** What decides how the runtime optimizes; how many threads run it does not. */
async function keyOf(network: Uint8Array): Promise<string> {
  return digest(JSON.stringify([digest(network), runtimeVersion, GRAPH_OPTIONS, arch(), await cpu()]));
}

/** Model and instructions of the first core: blocks of channels are as wide as its registers. */
async function cpu(): Promise<string> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const [first = ''] = text.split(/\n\s*\n/, 1);
  const lines = first
    .split('\n')
    .filter((line) => /^(model name|flags|Features|CPU (implementer|variant|part))\s*:/.test(line));
  return lines.length > 0 ? lines.join('\n') : (cpus()[0]?.model ?? '');
}

interface Kept {
  readonly file: string;
  readonly network?: Uint8Array;
  readonly damage?: string;
}

/** Files are named by key and sum of what is in them. */
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

async function keep(cache: string, key: string, temporary: string): Promise<void> {
  await rename(temporary, join(cache, fileName(key, await readFile(temporary))));
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
}

function fileName(key: string, network: Uint8Array): string {
  return `${key}.${digest(network)}.onnx`;
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
