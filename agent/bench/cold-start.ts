// A case -> what a start costs: processes of their own that open the network, look at one frame, and do nothing else.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CspcamError } from '#common/errors.js';
import type { StartReply, StartRequest } from './cold-start/child.js';
import { median, rounded } from './figures.js';
import { expectGoingOn } from './interrupted.js';
import type { BenchStart } from './result.js';
import type { Case } from './task.js';

export interface StartOptions {
  /** Without and with a kept network, each. */
  readonly processes: number;
  /** A folder for the kept network. */
  readonly temporary: string;
  readonly signal: AbortSignal;
  /** After each of `startSteps(options)`. */
  readonly onStep: () => void;
}

// Node runs no TypeScript: from sources, as in tests, the program is the built one.
const program = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/agent/bench/cold-start/child.js' : './cold-start/child.js',
    import.meta.url,
  ),
);

/** One more makes the network that is kept. */
export function startSteps({ processes }: Pick<StartOptions, 'processes'>): number {
  return 2 * processes + 1;
}

/**
 * Processes without and with the optimized network of an earlier start take turns.
 *
 * @throws CspcamError where it was interrupted, and for a network that does not run here
 */
export async function measureStarts(subject: Case, options: StartOptions): Promise<BenchStart[]> {
  const cache = await mkdtemp(join(options.temporary, 'starts-'));
  try {
    await start(subject, options, cache);
    const replies = { without: [] as Timed[], kept: [] as Timed[] };
    for (let i = 0; i < options.processes; i++) {
      replies.without.push(await start(subject, options));
      replies.kept.push(await start(subject, options, cache));
    }
    return [rowOf(subject, replies.without, false), rowOf(subject, replies.kept, true)];
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

interface Timed extends StartReply {
  readonly loadMs: number;
}

async function start(
  { folder, provider, wanted: precision, latency, weights }: Case,
  { signal, onStep }: StartOptions,
  cache?: string,
): Promise<Timed> {
  const request: StartRequest = {
    directory: folder.directory,
    provider,
    precision,
    threads: latency.threads,
    isRandom: weights === 'random',
    ...(cache !== undefined && { cache }),
  };
  const startedAtMs = Date.now();
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(request)], {
      signal,
    });
    const reply = JSON.parse(stdout) as StartReply;
    onStep();
    return { ...reply, loadMs: Math.max(0, reply.loadedAtMs - startedAtMs) };
  } catch (error) {
    expectGoingOn(signal);
    const told = (error as { stderr?: string }).stderr?.trim().split('\n')[0];
    throw new CspcamError(told || `expected a process that opens ${folder.description.name} to end well`, {
      cause: error,
    });
  }
}

function rowOf(subject: Case, replies: readonly Timed[], kept: boolean): BenchStart {
  const { model, size, precision, provider, folder, latency } = subject;
  const of = (figure: (reply: Timed) => number) => rounded(median(replies.map(figure)), 1);
  const known = (figure: (reply: Timed) => number | null) => {
    const values = replies.flatMap((reply) => figure(reply) ?? []);
    return values.length === 0 ? null : rounded(median(values), 1);
  };
  return {
    ...{ model, size, precision, provider, threads: latency.threads, kept },
    network: folder.description.files['model.onnx']?.sha256 ?? '',
    processes: replies.length,
    loadMs: of(({ loadMs }) => loadMs),
    openMs: of(({ openMs }) => openMs),
    firstResultMs: of(({ firstResultMs }) => firstResultMs),
    peakRssMB: known(({ peakRssMB }) => peakRssMB),
    pssMB: known(({ pssMB }) => pssMB),
  };
}
