// Memory that two processes share, as a file that has no name any more: nothing is left of it, however they end.

import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expected } from '#common/errors.js';
import { ModelError } from '../../model-error.js';
import type { SystemCalls } from './system-calls.js';

/** In memory, where the system has it there. */
const IN_MEMORY = '/dev/shm';
const ZEROS = Buffer.alloc(1 << 20);
const SHARED = 'the memory that agent and engine share';

export class SharedFile {
  /** For a child process, which maps it. */
  readonly descriptor: number;
  readonly #calls: SystemCalls | undefined;
  #mapped: Uint8Array<ArrayBuffer> | undefined;
  #isClosed = false;

  /**
   * Empty.
   *
   * @param calls with which `resize` maps it here as well
   * @throws ModelError where there is no room even for that
   */
  constructor(calls?: SystemCalls) {
    this.#calls = calls;
    this.descriptor = calls === undefined ? unlinkedFile() : withRoom(SHARED, () => fileInMemory(calls));
  }

  /**
   * Once. Its pages are there afterwards: a process that maps a page for which there is no room is killed.
   *
   * @throws ModelError for too little memory
   */
  resize(bytes: number): void {
    withRoom(SHARED, () => {
      ftruncateSync(this.descriptor, 0);
      for (let at = 0; at < bytes; at += ZEROS.length)
        this.#write(ZEROS.subarray(0, Math.min(ZEROS.length, bytes - at)), at);
      if (this.#calls !== undefined) this.#mapped = new Uint8Array(this.#calls.map(this.descriptor, bytes));
    });
  }

  write(bytes: Uint8Array, at = 0): void {
    if (this.#mapped !== undefined) this.#mapped.set(bytes, at);
    else withRoom(SHARED, () => this.#write(bytes, at));
  }

  /** Where it is mapped, what somebody writes there later is seen in it. */
  bytes(at: number, length: number): Uint8Array<ArrayBuffer> {
    if (this.#mapped !== undefined) return this.#mapped.subarray(at, at + length);
    // Filled at once: zeroes before would take as long as reading.
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    for (let done = 0; done < length; ) {
      const read = readSync(this.descriptor, bytes, done, length - done, at + done);
      if (read === 0) throw expected(`${length} bytes`, SHARED, done);
      done += read;
    }
    return bytes;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.descriptor);
  }

  #write(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, at + done);
  }
}

function unlinkedFile(): number {
  const folder = statSync(IN_MEMORY, { throwIfNoEntry: false })?.isDirectory() ? IN_MEMORY : tmpdir();
  const file = join(folder, `cspcam-${process.pid}-${randomBytes(8).toString('hex')}`);
  const descriptor = withRoom(folder, () => openSync(file, 'wx+', 0o600));
  unlinkSync(file);
  return descriptor;
}

/** Opened by Node, which closes it as well where its thread is ended. */
function fileInMemory(calls: SystemCalls): number {
  const made = calls.memory();
  try {
    return openSync(`/proc/self/fd/${made}`, 'r+');
  } finally {
    calls.close(made);
  }
}

function withRoom<Value>(where: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    const failure = code === 'ENOSPC' || code === 'ENOMEM' || code === 'EDQUOT' ? 'memory' : 'other';
    throw new ModelError(`expected room in ${where}, received ${code}`, failure, error);
  }
}
