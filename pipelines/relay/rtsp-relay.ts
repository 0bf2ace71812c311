// A camera -> the same stream at an address of this machine: logged in, with the one wanted track, and nothing else.
//
// GStreamer reads from there. It never learns the password, does not follow the camera to other hosts, and sets up no
// audio that a camera may refuse. Its SETUP, PLAY, keep-alive and RTCP go to the camera over the connection that asked
// for the description, so that each start logs in once.

import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { FailureReport } from '../failure.js';
import type { CameraAddress, NetworkCamera } from './address.js';
import { failed } from './camera-socket.js';
import { CHANNELS, Datagrams, type DatagramsOptions } from './datagrams.js';
import { KeyFrameGate } from './key-frame-gate.js';
import { MOST_REDIRECTS, redirected, tooManyRedirects } from './redirect.js';
import { CameraConnection } from './rtsp-connection.js';
import {
  encodeMessage,
  header,
  INTERLEAVED_PREFIX_BYTES,
  RtspError,
  type RtspMessage,
  RtspReader,
  statusOf,
} from './rtsp-message.js';
import { type RtpCodec, type VideoTrack, videoTrack } from './sdp.js';

const UNSUPPORTED_TRANSPORT = 461;
const LAST_PORT = 65_535;
/** What GStreamer is told, however the packets come here. */
const OVER_THE_CONNECTION = `RTP/AVP/TCP;unicast;interleaved=${CHANNELS.rtp}-${CHANNELS.rtcp}`;
const METHODS = 'OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN';
/** Headers of an answer that mean the same to GStreamer as to us; others name addresses of the camera. */
const HANDED_ON = ['session', 'transport', 'range', 'date', 'unsupported'] as const;

export class RtspRelay {
  readonly #camera: CameraConnection;
  readonly #track: VideoTrack;
  /** Where the description was found, to which its controls are relative. */
  readonly #base: string;
  readonly #path = `/${randomBytes(16).toString('hex')}/`;
  #location = '';
  #server: Server | undefined;
  #client: Socket | undefined;
  #failure: FailureReport | undefined;
  #packets = 0;
  /** As the camera's answer to SETUP says. */
  #channels: { readonly rtp: number; readonly rtcp: number } = CHANNELS;
  #datagrams: Datagrams | undefined;
  readonly #address: NetworkCamera;
  readonly #gate: KeyFrameGate;

  private constructor(address: NetworkCamera, camera: CameraConnection, track: VideoTrack, base: string) {
    this.#address = address;
    this.#camera = camera;
    this.#track = track;
    this.#base = base;
    this.#gate = new KeyFrameGate(track.codec);
  }

  /** @throws CaptureError that says why the camera gives no video */
  static async open(address: NetworkCamera, onCameraClosed: () => void = () => {}): Promise<RtspRelay> {
    const { camera, description, base } = await describe(address);
    const track = videoTrack(description);
    if ('reason' in track) {
      camera.close();
      throw failed('decode', track.reason);
    }
    const relay = new RtspRelay(address, camera, track, base);
    await relay.#listen(onCameraClosed);
    return relay;
  }

  get codec(): RtpCodec {
    return this.#track.codec;
  }

  /** For `rtspsrc`; one connection is taken. */
  get location(): string {
    return this.#location;
  }

  /** Of video, that have come from the camera. */
  get packets(): number {
    return this.#packets;
  }

  /** Whether what it sends cannot be decoded before its next key frame. */
  get isWaitingForKeyFrame(): boolean {
    return !this.#gate.isOpen;
  }

  /** Why the camera's side ended, where it did; GStreamer only sees that its own did. */
  get failure(): FailureReport | undefined {
    return this.#failure;
  }

  close(): void {
    this.#server?.close();
    this.#client?.destroy();
    this.#camera.close();
    this.#datagrams?.close();
  }

  async #listen(onCameraClosed: () => void): Promise<void> {
    const server = createServer((client) => this.#onClient(client));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    this.#location = `rtsp://127.0.0.1:${(server.address() as AddressInfo).port}${this.#path}`;
    this.#camera.listen({
      onPacket: (channel, bytes) => this.#onPacket(channel, bytes),
      onClose: (message) => {
        this.#failure ??= failed('unreachable', message).report;
        this.#client?.destroy();
        this.#server?.close();
        onCameraClosed();
      },
    });
  }

  /** What a camera sends on channels that nobody asked for goes no further. */
  #onPacket(channel: number, bytes: Buffer): void {
    const { rtp, rtcp } = this.#channels;
    if (channel !== rtp && channel !== rtcp) return;
    if (channel === rtp) this.#packets++;
    const passed =
      channel === rtp ? this.#gate.pass(bytes.subarray(INTERLEAVED_PREFIX_BYTES), bytes) : [bytes];
    for (const one of passed) {
      // A slow reader slows the camera down, and not this process's memory up.
      if (this.#client?.write(one) === false) this.#camera.pause();
    }
  }

  #onClient(client: Socket): void {
    if (this.#client !== undefined) {
      client.destroy();
      return;
    }
    const reader = new RtspReader();
    client.setNoDelay(true);
    client.on('drain', () => this.#camera.resume());
    client.on('error', () => {});
    client.on('data', (chunk: Buffer) => {
      try {
        for (const next of reader.push(chunk)) {
          if (next.kind === 'message') this.#onRequest(client, next);
          else if (client === this.#client) this.#report(next.bytes);
        }
      } catch (error) {
        if (!(error instanceof RtspError)) throw error;
        client.destroy();
      }
    });
  }

  /** What GStreamer tells the camera of how its packets arrive. */
  #report(rtcp: Buffer): void {
    if (this.#datagrams === undefined) this.#camera.write(rtcp);
    else this.#datagrams.report(rtcp);
  }

  #onRequest(client: Socket, request: RtspMessage): void {
    const [method = '', uri = ''] = request.startLine.split(' ');
    // Whoever else is on this machine does not know the path.
    if (!uri.includes(this.#path)) {
      client.destroy();
      return;
    }
    if (this.#client === undefined) {
      this.#client = client;
      this.#server?.close();
    }
    void this.#answer(method, uri, request).then((answer) => client.write(answer));
  }

  async #answer(method: string, uri: string, request: RtspMessage): Promise<Buffer> {
    const CSeq = header(request, 'CSeq');
    const session = header(request, 'Session');
    if (method === 'OPTIONS' && session === undefined)
      return encodeMessage({ startLine: 'RTSP/1.0 200 OK', headers: { CSeq, Public: METHODS } });
    if (method === 'DESCRIBE')
      return encodeMessage({
        startLine: 'RTSP/1.0 200 OK',
        headers: { CSeq, 'Content-Type': 'application/sdp', 'Content-Base': this.location },
        body: Buffer.from(this.#track.description),
      });
    const headers = Object.fromEntries(
      ['Session', 'Transport', 'Range'].flatMap((name) => {
        const value = header(request, name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    try {
      const cameraUri = this.#cameraUri(method, uri);
      const answer =
        method === 'SETUP'
          ? await this.#setUp(cameraUri, headers)
          : await this.#camera.request(method, cameraUri, headers);
      this.#noteRefusal(method, answer);
      const handed = HANDED_ON.map((name) => [name, header(answer, name)]);
      return encodeMessage({
        startLine: answer.startLine,
        headers: {
          CSeq,
          ...Object.fromEntries(handed),
          ...(this.#datagrams && method === 'SETUP' && { transport: OVER_THE_CONNECTION }),
        },
      });
    } catch (error) {
      this.#failure ??= reportOf(error);
      return encodeMessage({ startLine: 'RTSP/1.0 500 Internal Server Error', headers: { CSeq } });
    }
  }

  /** Within the connection, or by UDP where that is asked for or the camera has nothing else. */
  async #setUp(uri: string, headers: Readonly<Record<string, string>>): Promise<RtspMessage> {
    const { transport } = this.#address;
    if (transport === 'auto' || transport === 'tcp') {
      const answer = await this.#camera.request('SETUP', uri, headers);
      if (transport === 'tcp' || statusOf(answer) !== UNSUPPORTED_TRANSPORT) {
        this.#noteChannels(header(answer, 'Transport'));
        return answer;
      }
    }
    return transport === 'multicast' ? this.#setUpMulticast(uri, headers) : this.#setUpUnicast(uri, headers);
  }

  async #setUpUnicast(uri: string, headers: Readonly<Record<string, string>>): Promise<RtspMessage> {
    const datagrams = await Datagrams.open(this.#datagramsOptions());
    this.#datagrams = datagrams;
    const ports = `${datagrams.port}-${datagrams.port + 1}`;
    const Transport = `RTP/AVP;unicast;client_port=${ports}`;
    const answer = await this.#camera.request('SETUP', uri, { ...headers, Transport });
    const [, rtp, rtcp] =
      /\bserver_port=(\d{1,5})(?:-(\d{1,5}))?/.exec(header(answer, 'Transport') ?? '') ?? [];
    const serverPorts = [Number(rtp), Number(rtcp ?? Number(rtp) + 1)] as const;
    if (serverPorts.every((port) => port > 0 && port <= LAST_PORT)) datagrams.sendTo(serverPorts);
    return answer;
  }

  async #setUpMulticast(uri: string, headers: Readonly<Record<string, string>>): Promise<RtspMessage> {
    const answer = await this.#camera.request('SETUP', uri, { ...headers, Transport: 'RTP/AVP;multicast' });
    const transport = header(answer, 'Transport') ?? '';
    const group = /\bdestination=([\da-f.:]+)/i.exec(transport)?.[1];
    const port = /\bport=(\d{1,5})/.exec(transport)?.[1];
    if (statusOf(answer) === 200) {
      if (group === undefined || port === undefined || !isMulticast(group))
        throw failed('unreachable', `a camera that names no multicast group (${transport})`);
      this.#datagrams = await Datagrams.open(this.#datagramsOptions(), { group, port: Number(port) });
    }
    return answer;
  }

  #datagramsOptions(): DatagramsOptions {
    this.#channels = CHANNELS;
    return {
      from: this.#camera.remoteAddress,
      onPacket: (channel, bytes) => this.#onPacket(channel, bytes),
      onLoss: () => this.#gate.closeAgain(),
    };
  }

  #noteChannels(transport = ''): void {
    const [, rtp, rtcp] = /\binterleaved=(\d{1,3})(?:-(\d{1,3}))?/.exec(transport) ?? [];
    if (rtp !== undefined) this.#channels = { rtp: Number(rtp), rtcp: Number(rtcp ?? Number(rtp) + 1) };
  }

  /** GStreamer would say no more than that something failed. */
  #noteRefusal(method: string, answer: RtspMessage): void {
    const status = statusOf(answer) ?? 0;
    if (method === 'GET_PARAMETER' || method === 'OPTIONS' || method === 'TEARDOWN' || status < 300) return;
    this.#failure ??= answerFailure(answer, method).report;
  }

  #cameraUri(method: string, uri: string): string {
    const { control, sessionControl } = this.#track;
    const isTrack = method === 'SETUP' || uri.endsWith('/track');
    return resolved(this.#base, isTrack ? control : sessionControl);
  }
}

function isMulticast(address: string): boolean {
  const first = Number(address.split('.')[0]);
  return (first >= 224 && first <= 239) || /^ff/i.test(address);
}

/** Redirects within the host are followed. */
async function describe(
  address: NetworkCamera,
): Promise<{ camera: CameraConnection; description: string; base: string }> {
  let { location } = address;
  let place: CameraAddress = address;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const camera = await CameraConnection.open(place);
    try {
      await camera.request('OPTIONS', location);
      const answer = await camera.request('DESCRIBE', location, { Accept: 'application/sdp' });
      const status = statusOf(answer) ?? 0;
      if (status >= 300 && status < 400) {
        camera.close();
        location = redirected(location, header(answer, 'Location'), address.host);
        place = { ...address, port: Number(new URL(location).port) || address.port };
        continue;
      }
      if (status !== 200) throw answerFailure(answer, 'DESCRIBE');
      const base = header(answer, 'Content-Base') ?? header(answer, 'Content-Location') ?? location;
      return {
        camera,
        description: answer.body.toString('utf8'),
        base: /^rtsps?:\/\//i.test(base) ? base : location,
      };
    } catch (error) {
      camera.close();
      throw error;
    }
  }
  throw tooManyRedirects();
}

/** As other players do it: a relative control is put behind the base, whether that ends in a slash or not. */
function resolved(base: string, control: string | undefined): string {
  if (control === undefined || control === '*') return base;
  if (/^rtsps?:\/\//i.test(control)) return control;
  return `${base}${base.endsWith('/') ? '' : '/'}${control}`;
}

function answerFailure(answer: RtspMessage, method: string) {
  const status = statusOf(answer) ?? 0;
  const said = `${method}: ${answer.startLine.replace(/^RTSP\/\S+ /, '')}`;
  if (status === 403) return failed('unauthorized', said);
  if (status === 404 || status === 410 || status === 454) return failed('not-found', said);
  return failed('unreachable', said);
}

function reportOf(error: unknown): FailureReport {
  const report = (error as { report?: FailureReport }).report;
  return report ?? { failure: 'crashed', message: (error as Error).message };
}
