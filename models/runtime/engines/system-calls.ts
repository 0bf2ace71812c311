// The library beside an engine -> what Node itself has no functions for: memory that is mapped, a wait on this thread.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expected } from '#common/errors.js';

/** A file in memory, and a stream socket, each known by its descriptor. */
export interface SystemCalls {
  /** A file without a name, empty. */
  memory(): number;
  /** What is made here: of a thread's own files Node keeps account. */
  close(descriptor: number): void;
  /** The file as memory; it keeps its size from now on, whoever has it. */
  map(file: number, bytes: number): ArrayBuffer;
  /** Both ends of one. */
  connection(): [number, number];
  /** @returns bytes that were taken, which may be none */
  send(socket: number, text: string): number;
  /** What has come, once something has or the time is over: it may be nothing. Undefined where no more will come. */
  receive(socket: number, limitMs: number): string | undefined;
}

/** Its name has the number of the functions above: an agent loads no other one. */
export const SYSTEM_CALLS = 'cspcam-system-calls-1.node';

/**
 * An engine works without it, slower: the library is missing where a program was built by an older cspcam, or is none of
 * `cspcam engines build`.
 *
 * @throws CspcamError where it is there and cannot be loaded
 */
export function systemCallsBeside(program: string): SystemCalls | undefined {
  const file = join(dirname(program), SYSTEM_CALLS);
  if (!existsSync(file)) return undefined;
  try {
    return createRequire(import.meta.url)(file) as SystemCalls;
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw expected('a library for this machine (cspcam engines build)', file, reason, error);
  }
}
