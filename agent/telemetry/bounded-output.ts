// Lines -> a descriptor whose reader may be slow, stopped or gone: kept up to a bound, dropped and counted above it.

import { constants, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

export interface BoundedOutputOptions {
  /** Must not block where its reader takes nothing. */
  readonly descriptor: number;
  /** @returns a line that says how many were dropped where it stands */
  readonly gap: (lines: number) => string;
}

/** About a thousand lines. */
const MOST_WAITING_BYTES = 256 * 1024;
const RETRY_MS = 100;
/** At the end of the process a reader that is only slow gets so long. */
const LAST_MS = 200;
const LAST_RETRY_MS = 5;
/** Nobody will read any more, or nothing can ever be written there. */
const GONE = new Set(['EPIPE', 'EIO', 'EBADF', 'ECONNRESET', 'ENXIO']);

/** Never waits for who reads, and writes at once what he takes. */
export class BoundedOutput {
  readonly #options: BoundedOutputOptions;
  /** Whole lines, but for the first, of which a part may have been written. */
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #isGone = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BoundedOutputOptions) {
    this.#options = options;
  }

  /** @param line with its line feed */
  write(line: string): void {
    if (this.#isGone) return;
    this.#drain();
    if (this.#waitingBytes >= MOST_WAITING_BYTES) this.#dropped++;
    else {
      this.#sayGap();
      this.#push(line);
      this.#drain();
    }
    if (this.#waiting.length > 0 || this.#dropped > 0) this.#later();
  }

  /** Waits for a slow reader, but not long: for the end of the process. */
  end(): void {
    clearTimeout(this.#timer);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let waitedMs = 0; waitedMs < LAST_MS; waitedMs += LAST_RETRY_MS) {
      this.#drain();
      this.#sayGap();
      if (this.#waiting.length === 0) return;
      Atomics.wait(pause, 0, 0, LAST_RETRY_MS);
    }
  }

  #sayGap(): void {
    if (this.#dropped === 0 || this.#waitingBytes >= MOST_WAITING_BYTES) return;
    this.#push(this.#options.gap(this.#dropped));
    this.#dropped = 0;
  }

  #push(line: string): void {
    const bytes = Buffer.from(line);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #drain(): void {
    for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
      const written = this.#tryWrite(line);
      this.#waitingBytes -= written;
      if (written < line.length) {
        this.#waiting[0] = line.subarray(written);
        return;
      }
      this.#waiting.shift();
    }
  }

  /** @returns how many bytes were taken */
  #tryWrite(bytes: Buffer): number {
    try {
      return writeSync(this.#options.descriptor, bytes);
    } catch (error) {
      if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) {
        this.#isGone = true;
        return bytes.length;
      }
      return 0;
    }
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#drain();
      this.#sayGap();
      if (this.#waiting.length > 0 || this.#dropped > 0) this.#later();
    }, RETRY_MS).unref();
  }
}

const { O_APPEND, O_NOCTTY, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Standard error as a descriptor that does not block. Node has made it so where it is a pipe or a socket. A terminal is
 * opened once more for us alone: the shell that shares it would be surprised.
 */
export function unblockedStandardError(): number {
  const { fd } = process.stderr;
  if (!isatty(fd)) return fd;
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK);
  } catch {
    return fd;
  }
}
