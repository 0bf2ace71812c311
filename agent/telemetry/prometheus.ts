// Metrics -> GET /metrics on a port, for Prometheus.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expected } from '#common/errors.js';
import { CONTENT_TYPE, type Metric, prometheusText } from './prometheus-text.js';

export interface PrometheusOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Asked at each scrape: nothing is counted twice, and without scrapes nothing is done. */
  readonly metrics: () => readonly Metric[];
}

/** A scrape is one short request: whoever is slower holds no connection for long. */
const REQUEST_TIMEOUT_MS = 5000;
const MOST_CONNECTIONS = 16;

export class PrometheusServer {
  readonly #options: PrometheusOptions;
  #server: Server | undefined;

  constructor(options: PrometheusOptions) {
    this.#options = options;
  }

  /** @returns the port that was taken; @throws where it cannot listen */
  async start(): Promise<number> {
    const { host, port } = this.#options;
    const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) =>
      this.#answer(request, response),
    );
    server.maxConnections = MOST_CONNECTIONS;
    try {
      server.listen(port, host);
      await once(server, 'listening');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw expected('a free address', 'stats.prometheus', `${host}:${port} (${code ?? message})`, error);
    }
    // A connection that cannot be accepted is the loss of who asked, not of the agent.
    server.on('error', () => {});
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  /** Ends all connections. Safe to call twice. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const ended = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await ended;
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
