// Path of an ONNX file nobody vouches for + options -> a model, or one line; whatever the file does, it does to a child.

import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { CspcamError, expected } from '#common/errors.js';
import { residentBytesOf } from '#common/process-memory.js';
import { CHILD_NETWORK, type ChildReply, type ChildRequest } from './child-messages.js';
import type { ImportedModel } from './import-onnx.js';

interface ChildLimits {
  /** Of the child, resident. */
  readonly memoryBytes: number;
  readonly timeMs: number;
}

export interface ChildOptions extends Partial<ChildLimits> {
  /** Ends the child. */
  readonly signal?: AbortSignal;
}

/** The largest detectors take a gigabyte and half a minute on a slow machine. */
const USUAL_LIMITS: ChildLimits = {
  memoryBytes: Math.min(4 * 2 ** 30, 0.7 * totalmem()),
  timeMs: 180_000,
};
const LOOK_EVERY_MS = 50;
const GIB = 2 ** 30;

// Node runs no TypeScript: from sources, as in tests, the child is the built one.
const program = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/models/import/child.js' : './child.js',
  import.meta.url,
);

/** @throws CspcamError, one line, also where the child crashes, takes too much or does not end; the signal's reason */
export async function importInChild(
  path: string,
  options: ChildRequest['options'],
  { signal, ...given }: ChildOptions = {},
): Promise<ImportedModel> {
  const limits = { ...USUAL_LIMITS, ...given };
  const scratch = await mkdtemp(join(tmpdir(), 'cspcam-import-'));
  const child = fork(program, [], {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${Math.floor(limits.memoryBytes / 2 ** 20)}`],
    // ONNX Runtime writes there what it throws as well.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    signal?.throwIfAborted();
    child.send({ path, options, scratch } satisfies ChildRequest);
    const reply = await answerOf(child, basename(path), limits, signal);
    if (reply.kind === 'failed') throw new CspcamError(onOneLine(reply.message));
    return { ...reply.model, network: await readFile(join(scratch, CHILD_NETWORK)) };
  } finally {
    child.kill('SIGKILL');
    // It may still be writing there.
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

function answerOf(
  child: ChildProcess,
  file: string,
  { memoryBytes, timeMs }: ChildLimits,
  signal: AbortSignal | undefined,
): Promise<ChildReply> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void) => {
      clearInterval(watch);
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    const onAbort = () => end(() => reject(signal!.reason));
    signal?.addEventListener('abort', onAbort);
    const timer = setTimeout(
      () =>
        end(() =>
          reject(expected(`an end within ${Math.round(timeMs / 1000)} s`, `a run of ${file}`, 'none')),
        ),
      timeMs,
    );
    const watch = setInterval(async () => {
      const bytes = await residentBytesOf(child.pid!);
      if (bytes > memoryBytes)
        end(() =>
          reject(
            expected(`at most ${(memoryBytes / GIB).toFixed(1)} GiB of memory`, `a run of ${file}`, 'more'),
          ),
        );
    }, LOOK_EVERY_MS);
    child.once('message', (reply: ChildReply) => end(() => resolve(reply)));
    child.once('error', (error) =>
      end(() => reject(new CspcamError(`expected a process for ${file}: ${error.message}`))),
    );
    child.once('exit', (code, signal) =>
      end(() =>
        reject(expected('ONNX Runtime to bear it', `a run of ${file}`, signal ?? `exit code ${code}`)),
      ),
    );
  });
}

/** Names in the file may hold anything, and end on somebody's terminal. */
function onOneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
