// Metrics -> GET /metrics on a port, for Prometheus.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpPort, type PortOptions } from '#common/http-port.js';
import type { Part } from '#common/part.js';
import { CONTENT_TYPE, type Metric, prometheusText } from './prometheus-text.js';

export interface PrometheusOptions extends PortOptions {
  /** Asked at each scrape: nothing is counted twice, and without scrapes nothing is done. */
  readonly metrics: () => readonly Metric[];
}

/** A scrape is one short request: whoever is slower holds no connection for long. */
const REQUEST_TIMEOUT_MS = 5000;
const MOST_CONNECTIONS = 16;

/** An agent that cannot be scraped still watches its cameras: a port in use is told of and tried again for ever. */
export class PrometheusServer implements Part {
  readonly #metrics: PrometheusOptions['metrics'];
  readonly #port: HttpPort;

  constructor(options: PrometheusOptions) {
    this.#metrics = options.metrics;
    this.#port = new HttpPort(options, {
      key: 'stats.prometheus',
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      mostConnections: MOST_CONNECTIONS,
      onRequest: (request, response) => this.#answer(request, response),
    });
  }

  /** Resolves after the first try, listening or not. */
  start(signal: AbortSignal): Promise<void> {
    return this.#port.start(signal);
  }

  /** Ends all connections. */
  stop(): Promise<void> {
    return this.#port.stop();
  }

  #answer({ method, url }: IncomingMessage, response: ServerResponse): void {
    if (url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('expected /metrics\n');
    } else if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else {
      response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(prometheusText(this.#metrics()));
    }
  }
}
