// Access units + ways to misbehave -> an RTSP camera on loopback, within this process, that remembers what it was asked.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Clip } from './access-units.js';
import { CameraLogin, type LoginRules } from './camera-login.js';
import type { Certificate } from './certificate.js';
import { sdpOf } from './rtsp-camera-sdp.js';
import { CameraSession } from './rtsp-camera-session.js';

export interface CameraRequest {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** From 0. */
  readonly connection: number;
}

export interface CameraAnswer {
  /** `200 OK` */
  readonly status: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string;
}

export interface RtspCameraOptions {
  /** Played over and over. */
  readonly clip: Clip;
  /** Frame of the clip with which each client begins. */
  readonly startAt?: number;
  /** Which frame of the clip is sent as the nth; by default one after another. */
  readonly at?: (frame: number) => number;
  /** How fast frames are sent; their time stamps are those of 25 a second unless `ticks` says otherwise. */
  readonly framesPerSecond?: number;
  /** Time stamp of the nth frame that is sent, at 90 kHz. */
  readonly ticks?: (frame: number) => number;
  readonly login?: LoginRules;
  readonly transport?: 'tcp' | 'udp' | 'multicast';
  /** Of RTP and RTCP within the connection, whatever the client asked for. */
  readonly channels?: readonly [number, number];
  /** Sessions at a time, of which one is over with TEARDOWN alone; one more gets 453. */
  readonly mostSessions?: number;
  /** Frame at which it says over RTCP that the stream has ended, and sends no more. */
  readonly goodbyeAt?: number;
  readonly tls?: Certificate;
  readonly address?: string;
  /** Tracks beside the video, before and after it. */
  readonly otherTracks?: boolean;
  /** Whether the description holds the parameter sets. Default true. */
  readonly sprop?: boolean;
  readonly description?: (sdp: string) => string;
  /** What becomes of an answer; nothing, and none is sent. */
  readonly answer?: ((answer: CameraAnswer, request: CameraRequest) => CameraAnswer | undefined) | undefined;
  /** The segments in which an answer is written. */
  readonly segments?: (bytes: Buffer) => readonly Buffer[];
  /** What is sent of a frame; nothing, and the connection ends. */
  readonly send?: (packets: readonly Buffer[], frame: number) => readonly Buffer[] | undefined;
  /** The first frame comes in the same segment as the answer to PLAY. */
  readonly eager?: boolean;
}

const SESSION = 12_345_678;

export class RtspCamera {
  readonly requests: CameraRequest[] = [];
  readonly login: CameraLogin | undefined;
  /** Over all clients. */
  framesSent = 0;
  /** That were set up and have not ended with TEARDOWN. */
  readonly sessions = new Set<string>();
  readonly #options: RtspCameraOptions;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  #connections = 0;

  private constructor(options: RtspCameraOptions) {
    this.#options = options;
    this.login = options.login && new CameraLogin(options.login);
    const onClient = (socket: Socket) => this.#onClient(socket);
    const { tls } = options;
    this.#server = tls
      ? createTlsServer({ key: tls.key, cert: tls.cert }, onClient).on('tlsClientError', () => {})
      : createServer(onClient);
  }

  static async start(options: RtspCameraOptions, port = 0): Promise<RtspCamera> {
    const camera = new RtspCamera(options);
    camera.#server.listen(port, options.address ?? '127.0.0.1');
    await once(camera.#server, 'listening');
    return camera;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are there now. */
  get open(): number {
    return this.#clients.size;
  }

  get connections(): number {
    return this.#connections;
  }

  /** @param login `user:password`, as the address has it */
  url(login = '', path = '/stream'): string {
    const scheme = this.#options.tls ? 'rtsps' : 'rtsp';
    const user = login === '' ? '' : `${login}@`;
    return `${scheme}://${user}${this.#options.address ?? '127.0.0.1'}:${this.port}${path}`;
  }

  /** Methods in their order, of all connections. */
  asked(method: string): CameraRequest[] {
    return this.requests.filter((request) => request.method === method);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #onClient(socket: Socket): void {
    const connection = this.#connections++;
    this.#clients.add(socket);
    socket.setNoDelay?.(true);
    socket.on('error', () => {});
    socket.on('close', () => this.#clients.delete(socket));
    const session = new CameraSession(socket, this.#options, () => this.framesSent++);
    let answered = Promise.resolve();
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        if (rest[0] === 0x24 && rest.length >= 4) {
          const bytes = 4 + rest.readUInt16BE(2);
          if (rest.length < bytes) return;
          rest = rest.subarray(bytes);
          continue;
        }
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) return;
        const request = parse(rest.toString('latin1', 0, end), connection);
        rest = rest.subarray(end + 4);
        this.requests.push(request);
        answered = answered.then(() => session.answer(request, this.#answer(request)));
      }
    });
  }

  #answer(request: CameraRequest): CameraAnswer {
    const { method, headers } = request;
    const refused = method === 'OPTIONS' ? undefined : this.login?.refuse(method, headers['authorization']);
    if (refused) return { status: '401 Unauthorized', headers: { 'WWW-Authenticate': refused } };
    const answer = this.#accepted(request);
    return { ...answer, headers: { 'Authentication-Info': this.login?.info, ...answer.headers } };
  }

  #accepted(request: CameraRequest): CameraAnswer {
    const { method, headers } = request;
    if (method === 'OPTIONS')
      return {
        status: '200 OK',
        headers: { Public: 'OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN' },
      };
    if (method === 'DESCRIBE') {
      const { description = (sdp: string) => sdp } = this.#options;
      const base = { 'Content-Type': 'application/sdp', 'Content-Base': `${request.url}/` };
      return { status: '200 OK', headers: base, body: description(sdpOf(this.#options)) };
    }
    const session = `${SESSION + request.connection}`;
    if (method === 'TEARDOWN') this.sessions.delete(session);
    if (method === 'SETUP') {
      const { transport = 'tcp', mostSessions = Number.POSITIVE_INFINITY } = this.#options;
      if (wayOf(headers['transport']) !== transport)
        return { status: '461 Unsupported Transport', headers: {} };
      if (this.sessions.size >= mostSessions) return { status: '453 Not Enough Bandwidth', headers: {} };
      this.sessions.add(session);
    }
    return { status: '200 OK', headers: { Session: `${session};timeout=60` } };
  }
}

function wayOf(transport = ''): RtspCameraOptions['transport'] {
  if (transport.includes('TCP')) return 'tcp';
  return transport.includes('multicast') ? 'multicast' : 'udp';
}

function parse(text: string, connection: number): CameraRequest {
  const [start = '', ...lines] = text.trimStart().split('\r\n');
  const [method = '', url = ''] = start.split(' ');
  const headers = lines.map((line) => /^([^:]+):\s*(.*)$/.exec(line)?.slice(1) ?? []);
  return {
    method,
    url,
    headers: Object.fromEntries(headers.map(([name = '', value = '']) => [name.toLowerCase(), value])),
    connection,
  };
}
