// A stream socket between agent and engine -> messages in both directions, each a line, bounded. Used on either side.

import type { Duplex } from 'node:stream';
import { expected } from '#common/errors.js';
import { type Fields, LONGEST_LINE_BYTES, lineOf, type Message, messageOf } from './protocol.js';
import type { SystemCalls } from './system-calls.js';

export interface ControlEvents {
  readonly onMessage: (message: Message) => void;
  /** Once, after which nothing comes: the other side has gone, or for this reason is not listened to any more. */
  readonly onEnd: (reason?: Error) => void;
}

/** The same socket, past Node's streams and event loop. */
export interface DirectSocket {
  readonly calls: SystemCalls;
  readonly descriptor: number;
}

export class Control {
  readonly #socket: Duplex;
  readonly #events: ControlEvents;
  readonly #direct: DirectSocket | undefined;
  #rest = '';
  #isOpen = true;

  constructor(socket: Duplex, events: ControlEvents, direct?: DirectSocket) {
    this.#socket = socket;
    this.#events = events;
    this.#direct = direct;
    socket.setEncoding('latin1').on('data', (text: string) => this.#take(text));
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
    // Broken connections are ends as well: why, the exit of the process tells.
    socket.on('error', () => this.#end());
  }

  /** What nobody hears any more is dropped. */
  send(kind: string, fields?: Fields): void {
    if (!this.#isOpen || !this.#socket.writable) return;
    const line = lineOf(kind, fields);
    // Nothing may overtake what the stream still holds.
    const isNext = this.#direct !== undefined && this.#socket.writableLength === 0;
    const sent = isNext ? this.#direct.calls.send(this.#direct.descriptor, line) : 0;
    if (sent < line.length) this.#socket.write(line.slice(sent));
  }

  /** Waits on this thread, and takes what comes. @returns false where nothing can come so, which is told of as ever */
  receive(limitMs: number): boolean {
    // Its number may be another file's by now.
    if (!this.#isOpen || this.#direct === undefined) return false;
    const text = this.#direct.calls.receive(this.#direct.descriptor, limitMs);
    if (text === undefined) this.#end();
    else this.#take(text);
    return this.#isOpen;
  }

  close(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#rest += text;
    for (let end = this.#rest.indexOf('\n'); this.#isOpen && end !== -1; end = this.#rest.indexOf('\n')) {
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 1);
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
