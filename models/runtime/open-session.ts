// Model folder + provider -> Session: ONNX Runtime on this thread, or an engine in a process of its own.

import { join } from 'node:path';
import { readCpuFeatures } from '#common/cpu-features.js';
import { makeFolder } from '#common/make-folder.js';
import type { ModelFolder } from '../folder/folder.js';
import { openEngine } from './engines/engine-session.js';
import { type EngineName, engineNamed, isEngine } from './engines/registry.js';
import { chooseNetwork } from './network.js';
import { type Opened, type OptimizedOptions, openOptimized } from './optimized.js';

export interface SessionOpening extends OptimizedOptions {
  /** Of a build that takes long, 0 to 1. */
  readonly onProgress?: (stage: string, part: number) => void;
}

/** @throws ModelError for a network that cannot be run, CspcamError for a provider that is missing */
export async function openSession(folder: ModelFolder, options: SessionOpening): Promise<Opened> {
  const { provider, precision = 'auto', threads, cache, onProgress, providerReason } = options;
  if (!isEngine(provider)) return openOptimized(folder, options);
  const program = await engineNamed(provider);
  const cpu = options.cpu ?? (await readCpuFeatures());
  const { choice, bytes } = chooseNetwork(folder, provider, cpu, precision);
  const kept = cache === undefined ? {} : await keptBy(provider, cache);
  const session = await openEngine(program, await bytes(), folder.description, {
    threads,
    precision: precision === 'fp32' ? 'fp32' : 'auto',
    cache: kept.folder,
    onProgress,
  });
  const { engine, version, device, precision: computed } = session.identity;
  const form = `${engine} ${version} on ${device} computes in ${computed}`;
  const { notice } = kept;
  return { session, network: { ...choice, form, providerReason }, ...(notice !== undefined && { notice }) };
}

/** Engines make none but the last folder of a path. */
async function keptBy(engine: EngineName, cache: string): Promise<{ folder?: string; notice?: string }> {
  const folder = join(cache, engine);
  try {
    await makeFolder(folder, { mode: 0o700 });
    return { folder };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { notice: `expected to keep what ${engine} builds in ${folder}, received ${code ?? message}` };
  }
}
