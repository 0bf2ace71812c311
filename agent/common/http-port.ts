// A way to answer and an address -> an HTTP server on it; a port in use is told of and tried again for ever.

import type { IncomingMessage } from 'node:http';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Backoff, retryDelayMs } from './backoff.js';
import { type Address, listen } from './listen.js';
import type { Part } from './part.js';

/** What who makes a server on a port says of it. */
export interface PortOptions extends Address {
  /** Is told each time that it cannot listen. */
  readonly onFailure: (error: Error, retryInMs: number) => void;
  /** Is told the address once it listens. */
  readonly onListening: (address: Address) => void;
  readonly backoff?: Backoff;
  /** 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

export interface Serving {
  /** The key that a user can change, for messages. */
  readonly key: string;
  readonly requestTimeoutMs: number;
  readonly mostConnections: number;
  readonly onRequest: RequestListener;
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

const BACKOFF: Backoff = { firstMs: 1000, longestMs: 60_000 };

export class HttpPort implements Part {
  readonly #options: PortOptions;
  readonly #serving: Serving;
  readonly #stopped = new AbortController();
  #failures = 0;
  #listening: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #server: Server | undefined;

  constructor(options: PortOptions, serving: Serving) {
    this.#options = options;
    this.#serving = serving;
  }

  /** Resolves after the first try, listening or not. */
  async start(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#stopped.signal]);
    either.throwIfAborted();
    this.#listening = this.#listen(either);
    await this.#listening;
    if (either.aborted) await this.stop();
    either.throwIfAborted();
  }

  /** Ends all connections that speak HTTP. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await this.#listening;
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const ended = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await ended;
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const { host, port, backoff = BACKOFF, random = Math.random, onFailure, onListening } = this.#options;
    const { key, requestTimeoutMs, mostConnections, onRequest, onUpgrade } = this.#serving;
    const server = createServer({ requestTimeout: requestTimeoutMs }, onRequest);
    server.maxConnections = mostConnections;
    if (onUpgrade !== undefined) server.on('upgrade', onUpgrade);
    try {
      const address = await listen(server, { host, port }, key, signal);
      // A connection that cannot be accepted is the loss of who asked, not of the agent.
      server.on('error', () => {});
      this.#server = server;
      onListening(address);
    } catch (error) {
      if (signal.aborted) return;
      const retryInMs = retryDelayMs(backoff, ++this.#failures, random());
      this.#timer = setTimeout(() => {
        this.#listening = this.#listen(this.#stopped.signal);
      }, retryInMs);
      onFailure(error as Error, retryInMs);
    }
  }
}
