// Worker thread: pixels in by message, boxes and the same pixels back, so that inference never blocks the daemon.

import { parentPort, workerData } from 'node:worker_threads';
import type { ModelDescription } from '../folder/description.js';
import { type Inference, infer } from './infer.js';
import { openOnnxRuntime } from './onnxruntime.js';
import type { SessionOptions } from './session.js';

export interface WorkerInput {
  readonly network: Uint8Array;
  readonly model: ModelDescription;
  readonly options: SessionOptions;
  readonly minScore: number;
}

export type WorkerRequest = { readonly pixels: ArrayBuffer } | 'close';

export type WorkerReply =
  | { readonly kind: 'ready'; readonly provider: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'result'; readonly result: Inference; readonly pixels: ArrayBuffer };

const port = parentPort!;
const { network, model, options, minScore } = workerData as WorkerInput;

try {
  const session = await openOnnxRuntime(network, model, options);
  port.on('message', async (request: WorkerRequest) => {
    if (request === 'close') {
      await session.close();
      port.close();
      return;
    }
    const { pixels } = request;
    try {
      const result = await infer(session, model, new Uint8Array(pixels), minScore);
      port.postMessage({ kind: 'result', result, pixels } satisfies WorkerReply, [pixels]);
    } catch (error) {
      port.postMessage({ kind: 'failed', message: (error as Error).message } satisfies WorkerReply);
    }
  });
  port.postMessage({ kind: 'ready', provider: session.provider } satisfies WorkerReply);
} catch (error) {
  port.postMessage({ kind: 'failed', message: (error as Error).message } satisfies WorkerReply);
  port.close();
}
