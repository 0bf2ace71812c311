// A socket of a client of the embedded broker -> its bytes, paced and without what is too long, and a count of those that it has not taken.

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { IncomingLimit } from './incoming-limit.js';
import type { Pace } from './pace.js';

export interface EmbeddedConnectionOptions {
  /** Of a message, the whole packet. */
  readonly maximumBytes: number;
  /** Of any other packet. */
  readonly maximumOtherBytes: number;
  readonly pace: Pace;
  /** Called when much is waiting to be taken. */
  readonly onBacklog: () => void;
}

/** What a piece of a packet costs beside its bytes. */
const PIECE_BYTES = 256;
/** Below it nobody need look at what is waiting. */
const MUCH_BYTES = 64 * 1024;
/** So much is given to the socket at once: what is taken of it shows that the client still reads. */
const SLICE_BYTES = 64 * 1024;
const READ_BYTES = 16 * 1024;

/** Why a connection was ended. */
export class Dropped extends Error {}

export class EmbeddedConnection extends Duplex {
  readonly address: string;
  /** The agent itself: neither paced nor counted. */
  isOwn = false;
  readonly #socket: Socket;
  readonly #options: EmbeddedConnectionOptions;
  readonly #limit: IncomingLimit;
  /** Came, and is still to be given on. */
  #held: Buffer[] = [];
  #pieces = 0;
  #timer: NodeJS.Timeout | undefined;
  #wantsMore = true;
  #hasEnded = false;
  #hasTaken = true;

  constructor(socket: Socket, options: EmbeddedConnectionOptions) {
    super({ readableHighWaterMark: READ_BYTES });
    this.address = socket.remoteAddress ?? '';
    this.#socket = socket;
    this.#options = options;
    const { maximumBytes, maximumOtherBytes } = options;
    this.#limit = new IncomingLimit({
      maximumBytes,
      maximumOtherBytes,
      onSkip: ({ bytes }) => this.destroy(new Dropped(`a message of ${bytes} bytes`)),
    });
    socket.setNoDelay();
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.once('end', () => this.#end());
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  /** Bytes that wait to be taken by the client, with what keeping them costs. */
  get waitingBytes(): number {
    return this.writableLength + PIECE_BYTES * this.#pieces;
  }

  /** Whether the client has taken anything of what waits for it since this was asked last. */
  hasTakenSome(): boolean {
    const has = this.#hasTaken || this.writableLength === 0;
    this.#hasTaken = false;
    return has;
  }

  /** Lets the client wait for work that it has made. */
  charge(packets: number): void {
    this.#options.pace.charge(packets);
  }

  /** Always true: the broker would make every publisher wait for its slowest subscriber. */
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of Writable
  override write(...given: any[]): boolean {
    this.#pieces++;
    (super.write as (...all: unknown[]) => boolean)(...given);
    if (this.waitingBytes > MUCH_BYTES) this.#options.onBacklog();
    return true;
  }

  override _read(): void {
    this.#wantsMore = true;
    this.#give();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send([chunk], done);
  }

  override _writev(parts: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(
      parts.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#held = [];
    this.#socket.on('error', () => {}).destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    try {
      this.#held.push(...this.#limit.pass(chunk));
    } catch (error) {
      this.destroy(new Dropped((error as Error).message));
      return;
    }
    this.#give();
  }

  #give(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let given = 0;
    for (; given < this.#held.length && this.#wantsMore; given++) {
      const part = this.#held[given]!;
      const waitMs = this.isOwn ? 0 : this.#options.pace.take(part.length);
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#give(), waitMs);
        break;
      }
      // Set before: a listener may ask for more while it is given this.
      this.#wantsMore = false;
      if (this.push(part)) this.#wantsMore = true;
    }
    this.#held.splice(0, given);
    if (this.destroyed) return;
    if (this.#held.length > 0) this.#socket.pause();
    else if (this.#hasEnded) this.push(null);
    else this.#socket.resume();
  }

  #end(): void {
    this.#hasEnded = true;
    if (this.#held.length === 0) this.push(null);
  }

  /** One slice after the other; what is long is not copied, as several clients may wait for the same payload. */
  #send(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    const next = (index: number, at: number) => {
      const slice: Buffer[] = [];
      let room = SLICE_BYTES;
      for (; index < chunks.length && room > 0; ) {
        const part = chunks[index]!.subarray(at, at + room);
        slice.push(part);
        room -= part.length;
        at += part.length;
        if (at >= chunks[index]!.length) [index, at] = [index + 1, 0];
      }
      this.#socket.write(slice.length === 1 ? slice[0]! : Buffer.concat(slice), (error) => {
        this.#hasTaken = true;
        if (error || index >= chunks.length) {
          this.#pieces -= chunks.length;
          done(error ?? null);
        } else next(index, at);
      });
    };
    next(0, 0);
  }
}
