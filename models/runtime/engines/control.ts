// A stream socket between agent and engine -> messages in both directions, each a line, bounded. Used on either side.

import type { Duplex } from 'node:stream';
import { expected } from '#common/errors.js';
import { type Fields, LONGEST_LINE_BYTES, lineOf, type Message, messageOf } from './protocol.js';

export interface ControlEvents {
  readonly onMessage: (message: Message) => void;
  /** Once, after which nothing comes: the other side has gone, or for this reason is not listened to any more. */
  readonly onEnd: (reason?: Error) => void;
}

export class Control {
  readonly #socket: Duplex;
  readonly #events: ControlEvents;
  #rest: Buffer = Buffer.alloc(0);
  #isOpen = true;

  constructor(socket: Duplex, events: ControlEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
    // Broken connections are ends as well: why, the exit of the process tells.
    socket.on('error', () => this.#end());
  }

  /** What nobody hears any more is dropped. */
  send(kind: string, fields?: Fields): void {
    if (this.#isOpen && this.#socket.writable) this.#socket.write(lineOf(kind, fields));
  }

  close(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (let end = this.#rest.indexOf('\n'); this.#isOpen && end !== -1; end = this.#rest.indexOf('\n')) {
      const line = this.#rest.toString('latin1', 0, end);
      this.#rest = this.#rest.subarray(end + 1);
      this.#understand(line);
    }
    if (this.#isOpen && this.#rest.length > LONGEST_LINE_BYTES)
      this.#end(
        expected(`lines of at most ${LONGEST_LINE_BYTES} bytes`, 'the engine', `${this.#rest.length}`),
      );
  }

  #understand(line: string): void {
    try {
      if (line.length > LONGEST_LINE_BYTES)
        throw expected(`lines of at most ${LONGEST_LINE_BYTES} bytes`, 'the engine', `${line.length}`);
      this.#events.onMessage(messageOf(line));
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #end(reason?: Error): void {
    if (!this.#isOpen) return;
    this.close();
    this.#events.onEnd(reason);
  }
}
