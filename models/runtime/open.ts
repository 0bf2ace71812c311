// A model folder -> Detector whose network runs in a worker thread of its own.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CspcamError } from '../../agent/errors.js';
import { type ModelFolder, readNetworkFile } from '../folder/folder.js';
import type { Detector, DetectorResult } from './detector.js';
import type { SessionOptions } from './session.js';
import type { WorkerInput, WorkerReply, WorkerRequest } from './worker.js';

export interface DetectorOptions extends SessionOptions {
  /** Detections below are not decoded. */
  readonly minScore: number;
}

interface Pending {
  resolve(result: DetectorResult): void;
  reject(error: Error): void;
}

// Node runs no TypeScript: from sources, as in tests, the worker is the built one.
const program = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/models/runtime/worker.js' : './worker.js',
  import.meta.url,
);

export async function openDetector(
  folder: ModelFolder,
  { minScore, ...options }: DetectorOptions,
): Promise<Detector> {
  const network = await readNetworkFile(folder);
  const workerData: WorkerInput = { network, model: folder.description, options, minScore };
  const worker = new Worker(program, { workerData });
  const [first] = (await once(worker, 'message')) as [WorkerReply];
  if (first.kind !== 'ready') {
    await worker.terminate();
    throw new CspcamError(first.kind === 'failed' ? first.message : 'expected the detector to get ready');
  }
  return new WorkerDetector(worker, folder, first.provider);
}

class WorkerDetector implements Detector {
  readonly model;
  readonly #pending: Pending[] = [];
  #closed: Promise<void> | undefined;
  #broken: Error | undefined;

  constructor(
    private readonly worker: Worker,
    folder: ModelFolder,
    readonly provider: string,
  ) {
    this.model = folder.description;
    worker.on('message', (reply: WorkerReply) => this.#onReply(reply));
    worker.on('error', (error) =>
      this.#fail(new CspcamError(`inference failed: ${error.message}`, { cause: error })),
    );
    worker.on('exit', () =>
      this.#fail(new CspcamError('expected the inference thread to run, it has ended')),
    );
  }

  detect(pixels: ArrayBuffer): Promise<DetectorResult> {
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.worker.postMessage({ pixels } satisfies WorkerRequest, [pixels]);
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    if (this.#broken) return;
    const exited = once(this.worker, 'exit');
    this.worker.postMessage('close' satisfies WorkerRequest);
    await exited;
  }

  /** Replies come in the order of the requests: the worker runs one at a time. */
  #onReply(reply: WorkerReply): void {
    const pending = this.#pending.shift();
    if (reply.kind === 'result') pending?.resolve({ ...reply.result, pixels: reply.pixels });
    if (reply.kind === 'failed') pending?.reject(new CspcamError(`inference failed: ${reply.message}`));
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    for (const pending of this.#pending.splice(0)) pending.reject(this.#broken);
  }
}
