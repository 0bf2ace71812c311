// Static files, routes and a password -> a page on a port. It knows nothing of the agent: who serves something else by
// it passes other routes in.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { HttpPort, type PortOptions } from '#common/http-port.js';
import type { Part } from '#common/part.js';
import { answer, isLong, json, type PageReply, type Route, readBody, refusal } from './exchange.js';
import { isKnownHost, isOwnOrigin, isOwnSite, ownNames } from './guard.js';
import { Logins } from './logins.js';
import { LongAnswers } from './long-answers.js';
import { readStaticFiles, type StaticFile } from './static-files.js';

export interface PageServerOptions extends PortOptions {
  /** The key that a user can change, for messages. */
  readonly key: string;
  /** Without one, everybody who reaches the port is in. */
  readonly password?: string | undefined;
  /** It opens one session, and then nothing more. */
  readonly isPasswordOnce?: boolean;
  /** Names that browsers may have for this machine, beside addresses, localhost, its own and `host`. */
  readonly hosts?: readonly string[];
  /** WebSockets at the same time. */
  readonly maxViewers: number;
  /** What browsers get; nothing of it is secret. */
  readonly folder: string;
  /** Other folders of that kind, by the beginnings of their paths: `/page/`. */
  readonly otherFolders?: Readonly<Record<string, string>>;
  /** Answered to those who are in, alone. */
  readonly routes: readonly Route[];
  /** Somebody who is in has opened `/api/live`. */
  readonly onViewer: (socket: WebSocket) => void;
  readonly nowMs: () => number;
  /** Is told of an error of a route that nobody expected: who asked gets no answer. */
  readonly onError: (error: unknown) => void;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** The longest that a viewer says are the names of what it looks at: a thousand cameras, 63 letters each. */
const MOST_MESSAGE_BYTES = 80 * 1024;
/** Of a page beside its WebSocket: browsers open six. */
const CONNECTIONS_OF_VIEWER = 6;

/** An agent whose page cannot be seen still watches its cameras: a port in use is told of and tried again for ever. */
export class PageServer implements Part {
  readonly #options: PageServerOptions;
  readonly #logins: Logins;
  readonly #names: readonly string[];
  readonly #http: HttpPort;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_MESSAGE_BYTES,
    // Pictures are packed already.
    perMessageDeflate: false,
  });
  readonly #sessions = new WeakMap<WebSocket, string | undefined>();
  readonly #longAnswers = new LongAnswers();
  #files: ReadonlyMap<string, StaticFile> = new Map();
  #port: number;

  constructor(options: PageServerOptions) {
    const { password, isPasswordOnce, nowMs, hosts = [], host, port } = options;
    this.#options = options;
    this.#port = port;
    this.#logins = new Logins(password, nowMs, isPasswordOnce);
    this.#http = new HttpPort(
      {
        ...options,
        onListening: (address) => {
          this.#port = address.port;
          options.onListening(address);
        },
      },
      {
        key: options.key,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
        mostConnections: CONNECTIONS_OF_VIEWER * options.maxViewers,
        onRequest: (request, response) => {
          void this.#answer(request, response).catch((error: unknown) => {
            response.destroy();
            // Whoever hangs up while he speaks is no news.
            if (request.complete) options.onError(error);
          });
        },
        onUpgrade: (...given) => this.#upgrade(...given),
      },
    );
    this.#names = ownNames(hostname(), [host, ...hosts]);
  }

  /** Resolves after the first try, listening or not. */
  async start(signal: AbortSignal): Promise<void> {
    const { folder, otherFolders = {} } = this.#options;
    const others = Object.entries(otherFolders).map(([prefix, other]) => readStaticFiles(other, prefix));
    this.#files = new Map([readStaticFiles(folder), ...others].flatMap((files) => [...files]));
    await this.#http.start(signal);
  }

  /** Ends all connections. */
  async stop(): Promise<void> {
    const ended = this.#http.stop();
    for (const socket of this.#sockets.clients) socket.terminate();
    await ended;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await this.#guarded(request);
    if (isLong(reply)) await this.#longAnswers.send(response, reply, this.#sessionOf(request));
    else answer(response, reply);
  }

  async #guarded(request: IncomingMessage): Promise<PageReply> {
    const { headers, method = '' } = request;
    if (!isKnownHost(headers.host, this.#names))
      return refusal(421, 'expected an address, the name of this machine or one of page.hosts as the host');
    const url = urlOf(request);
    if (url === undefined) return refusal(400, 'expected a path');
    if (!url.pathname.startsWith('/api/')) return this.#file(url.pathname, request);
    const isReading = method === 'GET' || method === 'HEAD';
    const claims = { host: headers.host, origin: headers.origin, site: siteOf(request) };
    if (isReading ? !isOwnSite(claims) : !isOwnOrigin(claims))
      return refusal(403, 'expected a request of this page');
    return this.#reply(request, url);
  }

  async #reply(request: IncomingMessage, url: URL): Promise<PageReply> {
    const { method = '' } = request;
    const session = this.#sessionOf(request);
    if (url.pathname === '/api/session' && method === 'GET') {
      const isIn = this.#logins.isIn(session);
      // Browsers keep from a page why its connection was refused.
      return json({
        needsPassword: this.#logins.needsPassword,
        isIn,
        ...(isIn && this.#isFull && { isFull: true }),
      });
    }
    if (url.pathname === '/api/login' && method === 'POST') return this.#login(request);
    if (!this.#logins.isIn(session)) return refusal(401, 'expected a login');
    if (url.pathname === '/api/logout' && method === 'POST') {
      this.#logins.logout(session);
      for (const socket of this.#sockets.clients)
        if (this.#sessions.get(socket) === session) socket.terminate();
      this.#longAnswers.end(session);
      return { status: 204, headers: { 'set-cookie': this.#cookie('', 0) } };
    }
    const here = this.#options.routes.filter(({ path }) =>
      path.endsWith('/') ? url.pathname.startsWith(path) : url.pathname === path,
    );
    if (here.length === 0) return refusal(404, 'expected another path');
    const route = here.find((one) => one.method === (method === 'HEAD' ? 'GET' : method));
    if (route === undefined) return refusal(405, `expected ${here.map((one) => one.method).join(' or ')}`);
    const body = route.method === 'POST' ? await readBody(request) : undefined;
    if (body !== undefined && 'refused' in body) return body.refused;
    return route.answer({
      rest: url.pathname.slice(route.path.length),
      query: url.searchParams,
      // Nothing that is sent has a validator: a part of it on a condition is a part on none that holds (RFC 9110).
      range: method === 'GET' && !('if-range' in request.headers) ? request.headers.range : undefined,
      body: body?.value,
    });
  }

  async #login(request: IncomingMessage): Promise<PageReply> {
    const body = await readBody(request);
    if ('refused' in body) return body.refused;
    const { password } = (body.value ?? {}) as { password?: unknown };
    if (typeof password !== 'string') return refusal(400, 'expected a password');
    const attempt = this.#logins.login(password, request.socket.remoteAddress ?? '');
    if (attempt === 'wrong') return refusal(401, 'This is not the password.');
    if ('session' in attempt)
      return { status: 204, headers: { 'set-cookie': this.#cookie(attempt.session, 30 * 24 * 3600) } };
    const seconds = Math.ceil(attempt.retryInMs / 1000);
    const why = `Too many wrong passwords. Try again in ${seconds} s.`;
    return { ...refusal(429, why), headers: { 'retry-after': String(seconds) } };
  }

  #file(path: string, { method, headers }: IncomingMessage): PageReply {
    const file = this.#files.get(path);
    if (file === undefined) return refusal(404, 'expected another path');
    if (method !== 'GET' && method !== 'HEAD') return refusal(405, 'expected GET');
    const caching = { etag: file.tag, 'cache-control': 'no-cache' };
    if (headers['if-none-match'] === file.tag) return { status: 304, headers: caching };
    return { type: file.type, body: file.bytes, headers: caching };
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Whoever hangs up meanwhile.
    socket.on('error', () => {});
    const { headers } = request;
    const claims = { host: headers.host, origin: headers.origin, site: siteOf(request) };
    // Nothing else bounds how long the other side may leave it half open.
    const refuse = (status: string) =>
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`, () => socket.destroy());
    if (!isKnownHost(headers.host, this.#names)) refuse('421 Misdirected Request');
    else if (!isOwnOrigin(claims)) refuse('403 Forbidden');
    else if (urlOf(request)?.pathname !== '/api/live') refuse('404 Not Found');
    else if (!this.#logins.isIn(this.#sessionOf(request))) refuse('401 Unauthorized');
    else if (this.#isFull) refuse('503 Service Unavailable');
    else
      this.#sockets.handleUpgrade(request, socket, head, (opened) => {
        // What is no WebSocket, or too long: `close` follows.
        opened.on('error', () => {});
        const session = this.#sessionOf(request);
        this.#sessions.set(opened, session);
        // Who looks on uses it, for hours without asking for anything.
        opened.on('pong', () => this.#logins.isIn(session));
        this.#options.onViewer(opened);
      });
  }

  get #isFull(): boolean {
    return this.#sockets.clients.size >= this.#options.maxViewers;
  }

  /** Browsers keep cookies by host, whatever the port. */
  get #cookieName(): string {
    return `cspcam_${this.#port}`;
  }

  #cookie(value: string, maxAgeSeconds: number): string {
    return `${this.#cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}`;
  }

  #sessionOf({ headers }: IncomingMessage): string | undefined {
    const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
    return pairs.find(([name]) => name === this.#cookieName)?.[1];
  }
}

function siteOf({ headers }: IncomingMessage): string | undefined {
  const site = headers['sec-fetch-site'];
  return Array.isArray(site) ? site[0] : site;
}

function urlOf({ url = '' }: IncomingMessage): URL | undefined {
  return url.startsWith('/') && URL.canParse(url, 'http://page') ? new URL(url, 'http://page') : undefined;
}
