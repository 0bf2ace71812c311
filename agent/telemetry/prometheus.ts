// Metrics -> GET /metrics on a port, for Prometheus.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Backoff, retryDelayMs } from '#common/backoff.js';
import { type Address, listen } from '#common/listen.js';
import type { Part } from '#common/part.js';
import { CONTENT_TYPE, type Metric, prometheusText } from './prometheus-text.js';

export interface PrometheusOptions extends Address {
  /** Asked at each scrape: nothing is counted twice, and without scrapes nothing is done. */
  readonly metrics: () => readonly Metric[];
  /** Is told each time that it cannot listen. */
  readonly onFailure: (error: Error, retryInMs: number) => void;
  /** Is told the address once it listens. */
  readonly onListening: (address: Address) => void;
  readonly backoff?: Backoff;
  /** 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

/** A scrape is one short request: whoever is slower holds no connection for long. */
const REQUEST_TIMEOUT_MS = 5000;
const MOST_CONNECTIONS = 16;
const BACKOFF: Backoff = { firstMs: 1000, longestMs: 60_000 };

/** An agent that cannot be scraped still watches its cameras: a port in use is told of and tried again for ever. */
export class PrometheusServer implements Part {
  readonly #options: PrometheusOptions;
  readonly #stopped = new AbortController();
  #failures = 0;
  #listening: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #server: Server | undefined;

  constructor(options: PrometheusOptions) {
    this.#options = options;
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

  /** Ends all connections. */
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
    const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) =>
      this.#answer(request, response),
    );
    server.maxConnections = MOST_CONNECTIONS;
    try {
      const address = await listen(server, { host, port }, 'stats.prometheus', signal);
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

  #answer({ method, url }: IncomingMessage, response: ServerResponse): void {
    if (url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('expected /metrics\n');
    } else if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else {
      response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(prometheusText(this.#options.metrics()));
    }
  }
}
