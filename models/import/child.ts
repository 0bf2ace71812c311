// Process of its own: a file and options by message -> the model by message, its network as a file; ends after it.

import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CspcamError, expected } from '#common/errors.js';
import { CHILD_NETWORK, type ChildReply, type ChildRequest } from './child-messages.js';
import { importOnnx } from './import-onnx.js';

const LARGEST_BYTES = 2 ** 30;

async function answer({ path, options, scratch }: ChildRequest): Promise<ChildReply> {
  const file = basename(path);
  const bytes = await readModel(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { network, ...model } = await importOnnx(bytes, { ...options, file, sha256 }, scratch);
  await writeFile(join(scratch, CHILD_NETWORK), network);
  return { kind: 'imported', model };
}

/** Devices and pipes may have no end. */
async function readModel(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path).then((state) => {
      if (state.isFile()) return state;
      throw expected('a file', path, state.isDirectory() ? 'a folder' : 'something else');
    });
    if (size > LARGEST_BYTES) throw expected('an ONNX file of at most 1 GiB', path, `${size} bytes`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof CspcamError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw expected('a readable file', path, code ?? message, error);
  }
}

// When it ends is the matter of who started it, who kills it; Ctrl-C goes to both.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
new Worker(new URL('./parent-watch.js', import.meta.url), { workerData: process.ppid }).unref();

process.once('message', async (request: ChildRequest) => {
  const reply = await answer(request).catch((error: Error) => ({
    kind: 'failed' as const,
    // Nobody else can turn what was not foreseen into a line.
    message:
      error instanceof CspcamError
        ? error.message
        : `expected a model that can be imported for ${basename(request.path)}, received: ${error.message.split('\n')[0]}`,
  }));
  process.send!(reply, () => process.disconnect());
});
