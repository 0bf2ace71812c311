// Address, user and password -> one RTSP connection to a camera: requests with their answers, and the packets between.
// It logs in once: a refused login is not tried a second time on it.

import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { CaptureError } from '../failure.js';
import type { CameraAddress } from './address.js';
import { authorize, type Challenge, nextNonce } from './authorization.js';
import { expectChallenge, failed, openSocket, refusedLogin } from './camera-socket.js';
import { encodeMessage, header, RtspError, type RtspMessage, RtspReader, statusOf } from './rtsp-message.js';

export interface ConnectionListener {
  /** RTP and RTCP as they came. */
  onPacket(channel: number, bytes: Buffer): void;
  /** Once; nothing comes after it. */
  onClose(reason: string): void;
}

interface Waiting {
  resolve(answer: RtspMessage): void;
  reject(error: Error): void;
}

const ANSWER_TIMEOUT_MS = 8000;
const USER_AGENT = 'cspcam';

export class CameraConnection {
  readonly #socket: Socket;
  readonly #address: CameraAddress;
  readonly #reader = new RtspReader();
  readonly #waiting = new Map<number, Waiting>();
  #listener: ConnectionListener | undefined;
  #challenge: Challenge | undefined;
  #isRefused = false;
  #isAccepted = false;
  #uses = 0;
  #sequence = 0;
  #closeReason: string | undefined;

  private constructor(socket: Socket, address: CameraAddress) {
    this.#socket = socket;
    this.#address = address;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => this.#onClose(error.message));
    socket.on('close', () => this.#onClose('the camera closed the connection'));
  }

  /** @throws CaptureError that tells a name without an address, a refusal, silence and a certificate apart */
  static async open(address: CameraAddress): Promise<CameraConnection> {
    return new CameraConnection(await openSocket(address), address);
  }

  /** Packets are thrown away until there is one. */
  listen(listener: ConnectionListener): void {
    this.#listener = listener;
    if (this.#closeReason !== undefined) listener.onClose(this.#closeReason);
  }

  /**
   * @returns the answer, whatever its code
   * @throws CaptureError where the camera wants a login that it refuses or that there is not, or does not answer
   */
  async request(
    method: string,
    uri: string,
    headers: Readonly<Record<string, string>> = {},
    timeoutMs = ANSWER_TIMEOUT_MS,
  ): Promise<RtspMessage> {
    const answer = await this.#ask(method, uri, headers, timeoutMs);
    if (statusOf(answer) !== 401) return this.#accepted(answer);
    const answered = this.#uses > 0 ? this.#challenge : undefined;
    if (this.#isRefused) throw this.#refused();
    const challenge = expectChallenge(answer.headers.get('www-authenticate') ?? [], this.#address);
    if (answered !== undefined && !this.#isRenewed(answered, challenge)) throw this.#refused();
    this.#challenge = challenge;
    this.#uses = 0;
    const second = await this.#ask(method, uri, headers, timeoutMs);
    if (statusOf(second) === 401) throw this.#refused();
    this.#isAccepted = true;
    return this.#accepted(second);
  }

  /** IP of the camera. */
  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? this.#address.host;
  }

  /** Ours, in the network in which the camera is. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Only the nonce was too old. Cameras that give one for each request often do not say so, but have taken the password. */
  #isRenewed(answered: Challenge, challenge: Challenge): boolean {
    if (answered.scheme !== 'digest' || challenge.scheme !== 'digest') return false;
    return challenge.stale || (this.#isAccepted && challenge.nonce !== answered.nonce);
  }

  /** An answer may name the nonce for the next request. */
  #accepted(answer: RtspMessage): RtspMessage {
    const nonce = nextNonce(header(answer, 'Authentication-Info'));
    if (nonce !== undefined && this.#challenge?.scheme === 'digest') {
      this.#challenge = { ...this.#challenge, nonce };
      this.#uses = 0;
    }
    return answer;
  }

  #refused(): CaptureError {
    this.#isRefused = true;
    return refusedLogin();
  }

  #ask(
    method: string,
    uri: string,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<RtspMessage> {
    const sequence = ++this.#sequence;
    const { credentials } = this.#address;
    const authorization =
      this.#challenge && credentials && !this.#isRefused
        ? authorize(this.#challenge, credentials, {
            method,
            uri,
            count: ++this.#uses,
            clientNonce: randomBytes(8).toString('hex'),
          })
        : undefined;
    return new Promise((resolve, reject) => {
      if (this.#closeReason !== undefined) {
        reject(failed('unreachable', this.#closeReason));
        return;
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(sequence);
        reject(failed('unreachable', `no answer to ${method} within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#waiting.set(sequence, {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#socket.write(
        encodeMessage({
          startLine: `${method} ${uri} RTSP/1.0`,
          headers: {
            CSeq: `${sequence}`,
            'User-Agent': USER_AGENT,
            ...headers,
            Authorization: authorization,
          },
        }),
      );
    });
  }

  #onData(chunk: Buffer): void {
    try {
      for (const next of this.#reader.push(chunk)) {
        if (next.kind === 'packet') this.#listener?.onPacket(next.channel, next.bytes);
        else this.#onMessage(next);
      }
    } catch (error) {
      if (!(error instanceof RtspError)) throw error;
      this.#onClose(`the camera sent ${error.message}`);
      this.#socket.destroy();
    }
  }

  #onMessage(message: RtspMessage): void {
    if (statusOf(message) === undefined) {
      const headers = { CSeq: header(message, 'CSeq') };
      this.#socket.write(encodeMessage({ startLine: 'RTSP/1.0 501 Not Implemented', headers }));
      return;
    }
    const given = Number(header(message, 'CSeq'));
    // Some cameras forget the number: answers come in the order of the requests.
    const sequence = this.#waiting.has(given) ? given : [...this.#waiting.keys()][0];
    if (sequence === undefined) return;
    const waiting = this.#waiting.get(sequence)!;
    this.#waiting.delete(sequence);
    waiting.resolve(message);
  }

  #onClose(reason: string): void {
    if (this.#closeReason !== undefined) return;
    this.#closeReason = reason;
    for (const waiting of this.#waiting.values()) waiting.reject(failed('unreachable', reason));
    this.#waiting.clear();
    this.#listener?.onClose(reason);
  }
}
