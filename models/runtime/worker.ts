// Worker thread: pixels in by message, boxes and the same pixels back, so that inference never blocks the daemon.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import type { ModelFolder } from '../folder/folder.js';
import { failureOf, ModelError, type ModelFailure } from '../model-error.js';
import { isEngine } from './engines/registry.js';
import { type Inference, infer, type Reported } from './infer.js';
import type { NetworkChoice } from './network.js';
import { openSession } from './open-session.js';
import type { OptimizedOptions } from './optimized.js';
import type { Session } from './session.js';

export interface WorkerInput {
  readonly folder: ModelFolder;
  readonly options: Omit<OptimizedOptions, 'cpu'>;
  readonly reported: Reported;
  /** One number: above 0 while the thread must not be terminated, as it loads these modules or is in ONNX Runtime. */
  readonly isBusy: Int32Array<SharedArrayBuffer>;
}

export type WorkerRequest = { readonly pixels: ArrayBuffer } | 'close';

/** One for each request, in their order; before all, `ready`, or `failed` when the network cannot be run, and `progress` before that. */
export type WorkerReply =
  | { readonly kind: 'progress'; readonly stage: string; readonly part: number }
  | {
      readonly kind: 'ready';
      readonly provider: string;
      readonly network: NetworkChoice;
      readonly notice?: string | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly failure: ModelFailure;
      readonly exitCode?: number;
    }
  | { readonly kind: 'result'; readonly result: Inference; readonly pixels: ArrayBuffer };

const port = parentPort!;
const { folder, options, reported, isBusy } = workerData as WorkerInput;

function reply(message: WorkerReply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

/** Says so to the other side: a thread that is terminated within ONNX Runtime takes the whole process with it. */
async function runtime<Value>(isOnThread: boolean, work: () => Promise<Value>): Promise<Value> {
  Atomics.store(isBusy, 0, Number(isOnThread));
  try {
    return await work();
  } finally {
    Atomics.store(isBusy, 0, 0);
  }
}

async function answer(session: Session, request: WorkerRequest): Promise<void> {
  if (request === 'close') {
    await runtime(session.isOnThread, () => session.close());
    port.close();
    return;
  }
  const { pixels } = request;
  try {
    const result = await runtime(session.isOnThread, () =>
      infer(session, folder.description, new Uint8Array(pixels), reported),
    );
    reply({ kind: 'result', result, pixels }, [pixels]);
  } catch (error) {
    replyFailed(error);
  }
}

function replyFailed(error: unknown): void {
  reply({
    kind: 'failed',
    message: (error as Error).message,
    failure: failureOf(error),
    ...(error instanceof ModelError && { exitCode: error.exitCode }),
  });
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

try {
  // Read here: the network's bytes are needed for this moment only.
  const { session, network, notice } = await runtime(!isEngine(options.provider), () =>
    openSession(folder, {
      ...options,
      onProgress: (stage, part) => reply({ kind: 'progress', stage, part }),
    }),
  );
  let last = Promise.resolve();
  port.on('message', (request: WorkerRequest) => {
    last = last.then(() => answer(session, request));
  });
  // The bytes of the network, and the graph where it was made now, 20 to 50 MB, which V8 would let lie for minutes.
  collectGarbage();
  reply({ kind: 'ready', provider: session.provider, network, notice });
} catch (error) {
  replyFailed(error);
  port.close();
}
