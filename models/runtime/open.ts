// A model folder -> Detector whose network runs in worker threads of its own.

import { Worker } from 'node:worker_threads';
import { CspcamError, expected } from '#common/errors.js';
import type { ModelDescription } from '../folder/description.js';
import type { ModelFolder } from '../folder/folder.js';
import { failureOf, ModelError } from '../model-error.js';
import type { Detector, DetectorResult } from './detector.js';
import type { Reported } from './infer.js';
import type { NetworkChoice } from './network.js';
import { DetectorPool } from './pool.js';
import type { WantedPrecision } from './precision.js';
import type { SessionOptions } from './session.js';
import type { WorkerInput, WorkerReply, WorkerRequest } from './worker.js';

export interface DetectorOptions extends SessionOptions, Reported {
  /** Worker threads with a session each; default 1. */
  readonly sessions?: number;
  /** Of the network, `inference.precision`; default `auto`. */
  readonly precision?: WantedPrecision;
  /** Why this provider, to be told with what runs. */
  readonly providerReason?: string | undefined;
  /** Folder where optimized networks are kept for the next start; default nowhere. */
  readonly cache?: string;
  /** Told how far the building of an engine is, which may take minutes: 0 to 1 of each stage. */
  readonly onProgress?: (stage: string, part: number) => void;
  /** Told why nothing can be kept there, or that something was damaged; the detector works. */
  readonly onNotice?: (notice: string) => void;
  /** Its abort ends an opening: no thread is left when that rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

interface Pending {
  resolve(result: DetectorResult): void;
  reject(error: Error): void;
}

/** A run leaves a few objects, with the memory of its outputs behind them: the sooner they go, the less of that is held. */
const YOUNG_MB = 2;
// The slowest networks take a second for the frame that they are at.
const CLOSE_TIMEOUT_MS = 1500;

// Node runs no TypeScript: from sources, as in tests, the worker is the built one.
const program = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/models/runtime/worker.js' : './worker.js',
  import.meta.url,
);

/** @throws ModelError for a network that was changed or cannot be run, and CspcamError for a provider that is missing */
export async function openDetector(
  folder: ModelFolder,
  { minScore, oneLabelOf, sessions = 1, onNotice, onProgress, signal, ...options }: DetectorOptions,
): Promise<Detector> {
  signal?.throwIfAborted();
  const open = (told: Pick<StartOptions, 'onNotice' | 'onProgress'> = {}) => {
    const isBusy = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(1);
    const reported = { minScore, ...(oneLabelOf !== undefined && { oneLabelOf }) };
    const workerData: WorkerInput = { folder, options, reported, isBusy };
    const worker = new Worker(program, {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    return startDetector(worker, folder.description, { ...told, signal, isBusy });
  };
  // The others find what the first has kept.
  const first = await open({ onNotice, onProgress });
  if (sessions === 1) return first;
  const others = await Promise.allSettled(Array.from({ length: sessions - 1 }, () => open()));
  const opened = [first, ...others.flatMap((other) => (other.status === 'fulfilled' ? other.value : []))];
  const failed = others.find((other) => other.status === 'rejected');
  if (failed === undefined) return new DetectorPool(opened);
  await Promise.all(opened.map((detector) => detector.close()));
  throw failed.reason;
}

interface StartOptions {
  readonly onNotice?: DetectorOptions['onNotice'] | undefined;
  readonly onProgress?: DetectorOptions['onProgress'] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** As the worker got it; default one that may be terminated at any time. */
  readonly isBusy?: WorkerInput['isBusy'];
}

/** @param worker one that speaks the messages of worker.ts, from its start */
export async function startDetector(
  worker: Worker,
  model: ModelDescription,
  { onNotice, onProgress, signal, isBusy }: StartOptions = {},
): Promise<Detector> {
  const first = await firstReply(worker, signal, onProgress);
  if (signal?.aborted) {
    await endThread(worker, isBusy);
    throw signal.reason;
  }
  if (first?.kind === 'ready' && first.notice !== undefined) onNotice?.(first.notice);
  if (first?.kind === 'ready')
    return new WorkerDetector(worker, model, first.provider, first.network, isBusy);
  await worker.terminate();
  if (first?.kind === 'failed') throw new ModelError(first.message, first.failure, undefined, first.exitCode);
  throw new CspcamError('expected the inference thread to get ready');
}

/** Of a thread that is starting, but for its progress; nothing where the signal is first. */
async function firstReply(
  worker: Worker,
  signal: AbortSignal | undefined,
  onProgress: StartOptions['onProgress'],
): Promise<WorkerReply | undefined> {
  const heard = new AbortController();
  const listening = { signal: heard.signal };
  try {
    return await new Promise((resolve, reject) => {
      const onAbort = () => resolve(undefined);
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort, listening);
      worker.on('message', function onReply(reply: WorkerReply) {
        if (reply.kind === 'progress') return onProgress?.(reply.stage, reply.part);
        worker.off('message', onReply);
        resolve(reply);
      });
      worker.once('error', (error) => reject(failure(error)));
      worker.once('exit', () =>
        reject(new CspcamError('expected the inference thread to start, it has ended')),
      );
    });
  } finally {
    // Node keeps a signal that is made of others for as long as somebody listens to it, and the thread with it.
    heard.abort();
  }
}

/**
 * Lets it finish what it is at. It is terminated where it does not, but never within ONNX Runtime, which would abort the
 * whole process, nor while it loads its modules, as Node leaves open then what files of them it was reading: there it is
 * waited for.
 */
async function endThread(worker: Worker, isBusy: StartOptions['isBusy']): Promise<void> {
  if (worker.threadId === -1) return;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const timer = setInterval(() => {
    if (isBusy === undefined || Atomics.load(isBusy, 0) === 0) void worker.terminate();
  }, CLOSE_TIMEOUT_MS);
  worker.postMessage('close' satisfies WorkerRequest);
  await exited;
  clearInterval(timer);
}

class WorkerDetector implements Detector {
  readonly sessions = 1;
  readonly #pending: Pending[] = [];
  #closed: Promise<void> | undefined;
  #broken: Error | undefined;

  constructor(
    private readonly worker: Worker,
    readonly model: ModelDescription,
    readonly provider: string,
    readonly network: NetworkChoice,
    private readonly isBusy: StartOptions['isBusy'],
  ) {
    worker.on('message', (reply: WorkerReply) => this.#onReply(reply));
    worker.on('error', (error) => this.#fail(failure(error)));
    worker.on('exit', () =>
      this.#fail(new CspcamError('expected the inference thread to run, it has ended')),
    );
  }

  detect(pixels: ArrayBuffer): Promise<DetectorResult> {
    if (this.#broken) return Promise.reject(this.#broken);
    const { name, input } = this.model;
    const bytes = 3 * input.width * input.height;
    // Also a buffer that is with the detector already: it has no bytes then.
    if (pixels.byteLength !== bytes)
      return Promise.reject(
        expected(
          `${bytes} bytes (3 x ${input.height} x ${input.width})`,
          `a frame of ${name}`,
          pixels.byteLength,
        ),
      );
    return new Promise((resolve, reject) => {
      this.worker.postMessage({ pixels } satisfies WorkerRequest, [pixels]);
      this.#pending.push({ resolve, reject });
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    if (this.#broken) return;
    await endThread(this.worker, this.isBusy);
  }

  /** Replies come in the order of the requests. */
  #onReply(reply: WorkerReply): void {
    const pending = this.#pending.shift();
    if (reply.kind === 'result') pending?.resolve({ ...reply.result, pixels: reply.pixels });
    if (reply.kind === 'failed')
      pending?.reject(new ModelError(`inference failed: ${reply.message}`, reply.failure));
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    for (const pending of this.#pending.splice(0)) pending.reject(this.#broken);
  }
}

function failure(error: unknown): ModelError {
  const message = error instanceof Error ? error.message : String(error);
  return new ModelError(`inference failed: ${message}`, failureOf(error), error);
}
