// Standard input, or another descriptor that this process was given -> the picture that comes, a recording spooled to disk
// because it has to be read out of order, or a stream. Nothing can be read twice but what was kept.

import { fstatSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { Condition } from '#common/condition.js';
import { type CspcamError, expected } from '#common/errors.js';
import { CaptureError } from './failure.js';
import { kindOf } from './file-kind.js';
import { isIso, isOutOfOrder } from './iso-order.js';
import { JpegRow } from './jpeg-row.js';
import { MOST_PICTURE_BYTES } from './picture-size.js';
import type { Source } from './sources.js';

/** For one reader, who may leave it in the middle. */
export interface PipedStream {
  readonly stream: Readable;
  giveBack(): void;
}

type Piped =
  | { readonly kind: 'picture'; readonly contents: Buffer }
  /** Gone when this process ends. */
  | { readonly kind: 'recording'; readonly path: string }
  | { readonly kind: 'stream' }
  /** A stream of pictures, each of which may have a size of its own. */
  | { readonly kind: 'row' };

/** Enough to see in what order an MP4 is. */
const HEAD_BYTES = 4096;
/** Of a recording that has to be read out of order. */
const MOST_SPOOLED_BYTES = 2e9;

const JPEG_START = Buffer.from([0xff, 0xd8, 0xff]);
/** Telephones put a second picture, of depth or brightness, behind the one that people see. */
const JPEG_PARTS = Buffer.from('MPF\0');

export class PipedInput {
  readonly #descriptor: number;
  readonly #mostSpooledBytes: number;
  readonly #changed = new Condition();
  #socket: Socket | undefined;
  #spool: FileHandle | undefined;
  #error: Error | undefined;
  #piped: Promise<Piped> | undefined;
  #isTaken = false;
  readonly #onReadable = () => this.#changed.notify();

  constructor(descriptor: number, mostSpooledBytes = MOST_SPOOLED_BYTES) {
    this.#descriptor = descriptor;
    this.#mostSpooledBytes = mostSpooledBytes;
  }

  get name(): string {
    return this.#descriptor === 0 ? 'standard input' : `descriptor ${this.#descriptor}`;
  }

  /**
   * Waits for the first bytes; of a picture for all.
   *
   * @throws CspcamError for a terminal, nothing at all, and what is neither a picture nor a video; the reason of the signal
   */
  async read(signal: AbortSignal): Promise<Piped> {
    signal.throwIfAborted();
    this.#piped ??= this.#read(signal).catch((error: unknown) => {
      // Whoever comes later may wait longer.
      if (signal.aborted) this.#piped = undefined;
      throw error;
    });
    return this.#piped;
  }

  /**
   * What has not been read, for one reader at a time.
   *
   * @throws CaptureError where another reads it, or it has come to its end
   */
  take(): PipedStream {
    if (this.#isTaken) throw ended(`another source reads ${this.name}`);
    const socket = this.#socket;
    if (socket === undefined || socket.readableEnded) throw ended(`${this.name} has come to its end`);
    this.#isTaken = true;
    return { stream: socket.ref(), giveBack: () => this.#giveBack() };
  }

  #giveBack(): void {
    this.#isTaken = false;
    // It must not keep the program alive that has no use for it.
    this.#socket?.pause().unref();
  }

  async #read(signal: AbortSignal): Promise<Piped> {
    this.#socket ??= this.#open();
    const socket = this.#socket;
    socket.ref().on('readable', this.#onReadable);
    try {
      const head = await this.#gather(socket, HEAD_BYTES, signal);
      if (head.length === 0) throw this.#unsuitable('nothing', this.#error);
      if (kindOf(head, this.name) === 'picture') return await this.#picture(socket, head, signal);
      if (isOutOfOrder(head)) return await this.#spooled(socket, head, signal);
      socket.unshift(head);
      return { kind: 'stream' };
    } finally {
      // It would decide over the flow of what is piped on.
      socket.off('readable', this.#onReadable);
      if (!this.#isTaken) this.#giveBack();
    }
  }

  /** A pipe or a socket: reading others would hold a thread that nobody can stop. */
  #open(): Socket {
    const { error, what } = this.#whatItIs();
    if (what !== undefined) throw this.#unsuitable(what, error);
    const socket = new Socket({ fd: this.#descriptor, readable: true, writable: false });
    socket.on('error', (failure) => {
      this.#error = failure;
      this.#changed.notify();
    });
    for (const event of ['end', 'close']) socket.on(event, () => this.#changed.notify());
    return socket;
  }

  #whatItIs(): { readonly what?: string; readonly error?: unknown } {
    try {
      const stats = fstatSync(this.#descriptor);
      if (isatty(this.#descriptor)) return { what: 'a terminal' };
      if (stats.isFIFO() || stats.isSocket()) return {};
      if (stats.isDirectory()) return { what: 'a folder' };
      return { what: stats.isFile() ? 'a file that may not be opened' : 'nothing' };
    } catch (error) {
      return { what: 'nothing', error };
    }
  }

  #unsuitable(what: string, cause?: unknown): CspcamError {
    return expected('a picture or a video', this.name, what, cause);
  }

  /** As many bytes as there are, up to so many; what comes early is enough where nothing is to be seen further on. */
  async #gather(socket: Socket, most: number, signal: AbortSignal): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (let length = 0; length < most; ) {
      const chunk = await this.#next(socket, signal, chunks);
      if (chunk === undefined) break;
      chunks.push(chunk);
      length += chunk.length;
      if (length >= 64 && !isIso(Buffer.concat(chunks))) break;
    }
    return Buffer.concat(chunks);
  }

  /** @param before goes back where the wait is broken off @returns nothing at the end */
  async #next(socket: Socket, signal: AbortSignal, before: Buffer[] = []): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) return chunk;
      if (socket.readableEnded || socket.destroyed) return undefined;
      await this.#changed.wait({ signal });
      if (!signal.aborted) continue;
      if (before.length > 0) socket.unshift(Buffer.concat(before));
      throw signal.reason;
    }
  }

  /** One picture, or a row of them, which is a video. */
  async #picture(socket: Socket, head: Buffer, signal: AbortSignal): Promise<Piped> {
    const mayBeRow = head.subarray(0, JPEG_START.length).equals(JPEG_START) && !head.includes(JPEG_PARTS);
    const row = mayBeRow ? new JpegRow() : undefined;
    const chunks = [head];
    for (let length = head.length, last = head; ; ) {
      if (row?.push(last)) {
        socket.unshift(Buffer.concat(chunks));
        return { kind: 'row' };
      }
      const chunk = await this.#next(socket, signal, chunks);
      if (chunk === undefined) return { kind: 'picture', contents: Buffer.concat(chunks) };
      chunks.push(chunk);
      last = chunk;
      length += chunk.length;
      if (length > MOST_PICTURE_BYTES)
        throw expected(`a picture of at most ${MOST_PICTURE_BYTES} bytes`, this.name, 'more');
    }
  }

  /** To a file without a name: nothing is left of it, however this process ends. */
  async #spooled(socket: Socket, head: Buffer, signal: AbortSignal): Promise<Piped> {
    const spool = await unnamedFile();
    this.#spool = spool;
    let written = 0;
    for (let chunk: Buffer | undefined = head; chunk !== undefined; ) {
      written += chunk.length;
      if (written > this.#mostSpooledBytes)
        throw expected(
          `at most ${this.#mostSpooledBytes / 1e6} MB of a recording whose index is at its end (ffmpeg -movflags faststart puts it in front)`,
          this.name,
          'more',
        );
      await spool.appendFile(chunk).catch((cause: NodeJS.ErrnoException) => {
        throw expected(`room for what comes on ${this.name}`, tmpdir(), cause.code ?? cause.message, cause);
      });
      chunk = await this.#next(socket, signal);
    }
    return { kind: 'recording', path: `/proc/${process.pid}/fd/${spool.fd}` };
  }

  /** For tests, and for those who are done with all of it. */
  async close(): Promise<void> {
    this.#socket?.destroy();
    await this.#spool?.close();
  }
}

async function unnamedFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'cspcam-')).catch((cause: NodeJS.ErrnoException) => {
    throw expected('a folder that can hold a file', 'TMPDIR', tmpdir(), cause);
  });
  try {
    return await open(join(folder, 'input'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function ended(message: string): CaptureError {
  return new CaptureError({ failure: 'ended', message });
}

const inputs = new Map<number, PipedInput>();

/** The same for all who read a descriptor: its bytes come once. */
export function pipedInput(descriptor: number): PipedInput {
  const input = inputs.get(descriptor) ?? new PipedInput(descriptor);
  inputs.set(descriptor, input);
  return input;
}

/** A source that may be standard input -> what a capture process opens, and what it is fed with. @throws as `read` and `take` do */
export async function withInput(
  source: Source,
  signal: AbortSignal,
): Promise<{ readonly source: Source; readonly input?: PipedStream; readonly isRow?: boolean }> {
  if (source.scheme !== 'pipe') return { source };
  const input = pipedInput(source.descriptor);
  const piped = await input.read(signal);
  if (piped.kind === 'recording') return { source: { scheme: 'file', path: piped.path } };
  if (piped.kind !== 'picture') return { source, input: input.take(), isRow: piped.kind === 'row' };
  return { source, input: { stream: Readable.from([piped.contents]), giveBack: () => {} } };
}
