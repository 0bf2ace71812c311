// Access units + ways to misbehave -> an RTSP camera on loopback, within this process, that remembers what it was asked.

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { type Clip, isParameterSet } from './access-units.js';
import { CameraLogin, type LoginRules } from './camera-login.js';
import type { Certificate } from './certificate.js';
import { PAYLOAD_TYPE, RtpPackets } from './rtp-packets.js';

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
  /** How fast frames are sent; their time stamps are those of 25 a second unless `ticks` says otherwise. */
  readonly framesPerSecond?: number;
  /** Time stamp of the nth frame that is sent, at 90 kHz. */
  readonly ticks?: (frame: number) => number;
  readonly login?: LoginRules;
  readonly transport?: 'tcp' | 'udp';
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

const TICKS_PER_FRAME = 3600;
const SESSION = '12345678';

export class RtspCamera {
  readonly requests: CameraRequest[] = [];
  readonly login: CameraLogin | undefined;
  /** Over all clients. */
  framesSent = 0;
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
    const session = new Session(socket, this.#options, () => this.framesSent++);
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
        session.answer(request, this.#answer(request));
      }
    });
  }

  #answer(request: CameraRequest): CameraAnswer {
    const { method, headers } = request;
    const refused = method === 'OPTIONS' ? undefined : this.login?.refuse(method, headers['authorization']);
    if (refused) return { status: '401 Unauthorized', headers: { 'WWW-Authenticate': refused } };
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
    if (method === 'SETUP' && headers['transport']?.includes('TCP') === (this.#options.transport === 'udp'))
      return { status: '461 Unsupported Transport', headers: {} };
    return { status: '200 OK', headers: { Session: `${SESSION};timeout=60` } };
  }
}

/** One connection: its stream begins with PLAY. */
class Session {
  readonly #socket: Socket;
  readonly #options: RtspCameraOptions;
  readonly #onFrame: () => void;
  readonly #packets: RtpPackets;
  #udp: { readonly socket: UdpSocket; readonly port: number } | undefined;
  #frame = 0;

  constructor(socket: Socket, options: RtspCameraOptions, onFrame: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#onFrame = onFrame;
    this.#packets = new RtpPackets(options.clip.codec);
    socket.on('close', () => this.#udp?.socket.close());
  }

  answer(request: CameraRequest, usual: CameraAnswer): void {
    const { answer = (same: CameraAnswer) => same, segments = (bytes: Buffer) => [bytes] } = this.#options;
    void this.#withTransport(request, usual).then((withTransport) => {
      const said = answer(withTransport, request);
      if (said === undefined || this.#socket.destroyed) return;
      const parts = segments(
        encode({ ...said, headers: { CSeq: request.headers['cseq'], ...said.headers } }),
      );
      const plays = request.method === 'PLAY' && said.status.startsWith('200');
      if (plays && this.#options.eager) this.#socket.cork();
      for (const part of parts) this.#socket.write(part);
      if (plays) void this.#stream();
      this.#socket.uncork();
    });
  }

  async #withTransport(request: CameraRequest, usual: CameraAnswer): Promise<CameraAnswer> {
    if (request.method !== 'SETUP' || !usual.status.startsWith('200')) return usual;
    const asked = request.headers['transport'] ?? '';
    if (this.#options.transport !== 'udp')
      return {
        ...usual,
        headers: { ...usual.headers, Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' },
      };
    const port = Number(/client_port=(\d+)/.exec(asked)?.[1]);
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    this.#udp = { socket, port };
    const ports = `client_port=${port}-${port + 1};server_port=${socket.address().port}-${socket.address().port}`;
    return { ...usual, headers: { ...usual.headers, Transport: `RTP/AVP;unicast;${ports}` } };
  }

  async #stream(): Promise<void> {
    const { clip, startAt = 0, framesPerSecond = 25, send = (packets) => packets } = this.#options;
    const { ticks = (frame: number) => frame * TICKS_PER_FRAME } = this.#options;
    while (!this.#socket.destroyed) {
      const unit = clip.units[(startAt + this.#frame) % clip.units.length]!;
      const sent = send(this.#packets.of(unit, ticks(this.#frame)), this.#frame);
      if (sent === undefined) {
        this.#socket.destroy();
        return;
      }
      for (const packet of sent) this.#send(packet);
      this.#frame++;
      this.#onFrame();
      // A client that reads no further is waited for.
      if (this.#socket.writableNeedDrain)
        await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]);
      await wait(1000 / framesPerSecond);
    }
  }

  #send(packet: Buffer): void {
    if (this.#udp !== undefined) this.#udp.socket.send(packet, this.#udp.port, '127.0.0.1');
    else
      this.#socket.write(
        Buffer.concat([Buffer.from([0x24, 0, packet.length >> 8, packet.length & 0xff]), packet]),
      );
  }
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

function encode({ status, headers, body }: CameraAnswer): Buffer {
  const length = body === undefined ? undefined : `${Buffer.byteLength(body)}`;
  const lines = Object.entries({ ...headers, 'Content-Length': length }).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  return Buffer.from([`RTSP/1.0 ${status}`, ...lines, '', body ?? ''].join('\r\n'), 'utf8');
}

/** What a camera says of its streams. */
export function sdpOf({ clip, otherTracks = false, sprop = true }: RtspCameraOptions): string {
  const { codec, units } = clip;
  const sets = units[0]!.filter((unit) => isParameterSet(unit, codec)).map((set) => set.toString('base64'));
  const parameters = !sprop
    ? ''
    : codec === 'H264'
      ? `;sprop-parameter-sets=${sets.join(',')}`
      : `;sprop-vps=${sets[0]};sprop-sps=${sets[1]};sprop-pps=${sets[2]}`;
  const fmtp = codec === 'H264' ? `packetization-mode=1${parameters}` : parameters.slice(1);
  return [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=test camera', 'c=IN IP4 0.0.0.0', 't=0 0', 'a=control:*'],
    ...(otherTracks ? ['m=audio 0 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', 'a=control:audio'] : []),
    `m=video 0 RTP/AVP ${PAYLOAD_TYPE}`,
    `a=rtpmap:${PAYLOAD_TYPE} ${codec}/90000`,
    ...(fmtp === '' ? [] : [`a=fmtp:${PAYLOAD_TYPE} ${fmtp}`]),
    'a=control:video',
    ...(otherTracks
      ? ['m=application 0 RTP/AVP 107', 'a=rtpmap:107 vnd.onvif.metadata/90000', 'a=control:metadata']
      : []),
    '',
  ].join('\r\n');
}
