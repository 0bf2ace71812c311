// Memory that two processes share, as a file that has no name any more: nothing is left of it, however they end.

import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expected } from '#common/errors.js';
import { ModelError } from '../../model-error.js';

/** In memory, where the system has it there. */
const IN_MEMORY = '/dev/shm';
const ZEROS = Buffer.alloc(1 << 20);

export class SharedFile {
  /** For a child process, which maps it. */
  readonly descriptor: number;
  #isClosed = false;

  /** Empty. @throws ModelError where there is no room even for that */
  constructor() {
    const folder = statSync(IN_MEMORY, { throwIfNoEntry: false })?.isDirectory() ? IN_MEMORY : tmpdir();
    const file = join(folder, `cspcam-${process.pid}-${randomBytes(8).toString('hex')}`);
    this.descriptor = withRoom(folder, () => openSync(file, 'wx+', 0o600));
    unlinkSync(file);
  }

  /**
   * Its pages are there afterwards: a process that maps a page for which there is no room is killed.
   *
   * @throws ModelError for too little memory
   */
  resize(bytes: number): void {
    withRoom('the memory that agent and engine share', () => {
      ftruncateSync(this.descriptor, 0);
      for (let at = 0; at < bytes; at += ZEROS.length)
        this.#write(ZEROS.subarray(0, Math.min(ZEROS.length, bytes - at)), at);
    });
  }

  write(bytes: Uint8Array, at = 0): void {
    withRoom('the memory that agent and engine share', () => this.#write(bytes, at));
  }

  /** Fills the array. */
  readInto(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.descriptor, bytes, done, bytes.length - done, at + done);
      if (read === 0) throw expected(`${bytes.length} bytes`, 'the memory that agent and engine share', done);
      done += read;
    }
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

function withRoom<Value>(where: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    const failure = code === 'ENOSPC' || code === 'ENOMEM' || code === 'EDQUOT' ? 'memory' : 'other';
    throw new ModelError(`expected room in ${where}, received ${code}`, failure, error);
  }
}
