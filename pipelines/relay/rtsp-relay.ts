// A camera -> the same stream at an address of this machine: logged in, with the one wanted track, and nothing else.
//
// GStreamer reads from there. It never learns the password, does not follow the camera to other hosts, and sets up no
// audio that a camera may refuse. Its SETUP, PLAY, keep-alive and RTCP go to the camera over the connection that asked
// for the description, so that each start logs in once.

import type { FailureReport } from '../failure.js';
import type { NetworkCamera } from './address.js';
import { failed } from './camera-socket.js';
import { type Described, describe, refusal } from './describe.js';
import { keepAlive, readSession, type Session } from './keep-alive.js';
import { KeyFrameGate } from './key-frame-gate.js';
import { LocalServer } from './local-server.js';
import { OneSource } from './one-source.js';
import { saysGoodbye } from './rtcp.js';
import {
  encodeMessage,
  header,
  INTERLEAVED_PREFIX_BYTES,
  type RtspMessage,
  statusOf,
} from './rtsp-message.js';
import type { RtpCodec } from './sdp.js';
import { setUp } from './transport/set-up.js';
import { CHANNELS, type Kind, type Transport } from './transport/transport.js';

/** What GStreamer is told, however the packets come here. */
const OVER_THE_CONNECTION = `RTP/AVP/TCP;unicast;interleaved=${CHANNELS.rtp}-${CHANNELS.rtcp}`;
const METHODS = 'OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN';
/** By which GStreamer keeps its session alive: the camera's has a time limit of its own, which is kept here. */
const ANSWERED_HERE: readonly string[] = ['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER'];
/** Of a session that another pipeline may go on with. */
const ASKED_ONCE: readonly string[] = ['SETUP', 'PLAY'];
/** Headers that mean the same to GStreamer and to the camera; others name addresses. */
const SENT_ON = ['Session', 'Range'] as const;
const HANDED_ON = ['range', 'date', 'unsupported'] as const;
/** A third of the time that a capture process has for its end. */
const GOODBYE_MS = 200;

export class RtspRelay {
  readonly #address: NetworkCamera;
  readonly #described: Described;
  readonly #gate: KeyFrameGate;
  readonly #source = new OneSource();
  #local: LocalServer | undefined;
  #transport: Transport | undefined;
  /** What the camera has said to SETUP and PLAY: it is asked once, and a further pipeline hears the same. */
  readonly #answers = new Map<string, RtspMessage>();
  /** GStreamer knows the track, so that packets can be its own. */
  #isSetUp = false;
  /** From SETUP on; the camera keeps it until TEARDOWN. */
  #session: Session | undefined;
  #endKeepAlive = () => {};
  #failure: FailureReport | undefined;
  #packets = 0;
  #hasSaidGoodbye = false;
  #closing: Promise<void> | undefined;

  private constructor(address: NetworkCamera, described: Described) {
    this.#address = address;
    this.#described = described;
    this.#gate = new KeyFrameGate(described.track.codec, described.track.payloadType);
  }

  /** @throws CaptureError that says why the camera gives no video */
  static async open(address: NetworkCamera, onCameraClosed: () => void = () => {}): Promise<RtspRelay> {
    const relay = new RtspRelay(address, await describe(address));
    await relay.#listen(onCameraClosed);
    return relay;
  }

  get codec(): RtpCodec {
    return this.#described.track.codec;
  }

  /** For `rtspsrc`; one connection is taken. */
  get location(): string {
    return this.#local?.location ?? '';
  }

  /** Of video, that have come from the camera. */
  get packets(): number {
    return this.#packets;
  }

  /** Whether what it sends cannot be decoded before its next key frame. */
  get isWaitingForKeyFrame(): boolean {
    return !this.#gate.isOpen;
  }

  /** Why the camera's side ended, where it did before its time; GStreamer only sees that its own did. */
  get failure(): FailureReport | undefined {
    return this.#failure;
  }

  /** The same session for another pipeline, from the next key frame on: the one before has been stopped. */
  async again(): Promise<void> {
    this.#local?.close();
    this.#isSetUp = false;
    this.#gate.closeAgain();
    this.#local = await this.#serve();
  }

  /** The camera is told, so that it keeps no place for a session that nobody reads. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#endKeepAlive();
    this.#local?.close();
    this.#transport?.close();
    const { camera, uris } = this.#described;
    // Its packets are in front of its answer.
    camera.resume();
    if (this.#session !== undefined)
      await camera
        .request('TEARDOWN', uris.session, { Session: this.#session.id }, GOODBYE_MS)
        .catch(() => {});
    camera.close();
  }

  async #listen(onCameraClosed: () => void): Promise<void> {
    const { camera } = this.#described;
    this.#local = await this.#serve();
    camera.listen({
      onPacket: (channel, bytes) => this.#transport?.onInterleaved(channel, bytes),
      onClose: (message) => {
        this.#endKeepAlive();
        if (!this.#hasSaidGoodbye) this.#failure ??= failed('unreachable', message).report;
        this.#local?.close();
        onCameraClosed();
      },
    });
  }

  #serve(): Promise<LocalServer> {
    const { camera } = this.#described;
    // A pipeline that was slow has held it up.
    camera.resume();
    return LocalServer.start({
      onRequest: (method, uri, request) => this.#answer(method, uri, request),
      onReport: (rtcp) => this.#transport?.report(rtcp),
      onDrain: () => camera.resume(),
    });
  }

  #onPacket(kind: Kind, bytes: Buffer): void {
    if (this.#closing !== undefined) return;
    const packet = bytes.subarray(INTERLEAVED_PREFIX_BYTES);
    this.#source.rename(kind, packet);
    if (kind === 'rtp') this.#packets++;
    else this.#hasSaidGoodbye ||= saysGoodbye(packet);
    if (!this.#isSetUp) return;
    // Datagrams come however slow the reader is.
    if (this.#local?.hasRoom === false) {
      this.#gate.closeAgain();
      return;
    }
    const passed = kind === 'rtp' ? this.#gate.pass(packet, bytes) : [bytes];
    for (const one of passed) {
      // A slow reader slows the camera down, and not this process's memory up.
      if (this.#local?.write(one) === false) this.#described.camera.pause();
    }
  }

  async #answer(method: string, uri: string, request: RtspMessage): Promise<Buffer> {
    const CSeq = header(request, 'CSeq');
    if (ANSWERED_HERE.includes(method))
      return encodeMessage({
        startLine: 'RTSP/1.0 200 OK',
        headers: { CSeq, Public: METHODS, Session: header(request, 'Session') },
      });
    if (method === 'DESCRIBE')
      return encodeMessage({
        startLine: 'RTSP/1.0 200 OK',
        headers: { CSeq, 'Content-Type': 'application/sdp', 'Content-Base': this.location },
        body: Buffer.from(this.#described.track.description),
      });
    try {
      const answer = this.#answers.get(method) ?? (await this.#askCamera(method, uri, request));
      const isRefused = (statusOf(answer) ?? 0) >= 300;
      if (!isRefused && ASKED_ONCE.includes(method)) this.#answers.set(method, answer);
      if (method === 'SETUP') this.#isSetUp = !isRefused;
      // GStreamer would say no more than that something failed.
      if (isRefused) this.#failure ??= refusal(answer, method).report;
      const handed = Object.fromEntries(HANDED_ON.map((name) => [name, header(answer, name)]));
      const transport = method === 'SETUP' && !isRefused ? OVER_THE_CONNECTION : undefined;
      return encodeMessage({
        startLine: answer.startLine,
        headers: { CSeq, Session: this.#session?.id, ...handed, transport },
      });
    } catch (error) {
      this.#failure ??= reportOf(error);
      return encodeMessage({ startLine: 'RTSP/1.0 500 Internal Server Error', headers: { CSeq } });
    }
  }

  async #askCamera(method: string, uri: string, request: RtspMessage): Promise<RtspMessage> {
    const { camera, uris } = this.#described;
    const headers = Object.fromEntries(
      SENT_ON.flatMap((name) => {
        const value = header(request, name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    if (method !== 'SETUP')
      return camera.request(method, uri.endsWith('/track') ? uris.track : uris.session, headers);
    const listener = {
      onPacket: (kind: Kind, bytes: Buffer) => this.#onPacket(kind, bytes),
      onLoss: () => this.#gate.closeAgain(),
    };
    const { answer, transport } = await setUp(
      this.#address.transport,
      { camera, uri: uris.track, headers, listener },
      this.#address.tls !== undefined,
    );
    this.#transport = transport;
    const session = transport && readSession(header(answer, 'Session'));
    if (session === undefined) return answer;
    this.#session = session;
    this.#endKeepAlive();
    this.#endKeepAlive = keepAlive(camera, uris.session, session, this.#described.hasGetParameter);
    return answer;
  }
}

function reportOf(error: unknown): FailureReport {
  const report = (error as { report?: FailureReport }).report;
  return report ?? { failure: 'crashed', message: (error as Error).message };
}
