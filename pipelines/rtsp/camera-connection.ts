// Address, user and password -> one RTSP connection to a camera: requests with their answers, and the packets between.
// It logs in once: a refused login is not tried a second time on it.

import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { CaptureError, type Failure, oneLine } from '../failure.js';
import { authorize, type Challenge, type Credentials, readChallenges } from './authorization.js';
import { encodeMessage, header, RtspError, type RtspMessage, RtspReader, statusOf } from './message.js';

export interface CameraAddress {
  readonly host: string;
  readonly port: number;
  /** Where the connection is encrypted. */
  readonly tls?: TlsTrust | undefined;
  readonly credentials?: Credentials | undefined;
  /** Whether a password may be sent that everyone on the way can read. */
  readonly allowsBasic: boolean;
}

/** What a certificate is held to: an authority of the system, one that is given, or its own fingerprint. */
export interface TlsTrust {
  /** PEM. */
  readonly ca?: string | undefined;
  /** SHA-256 of the certificate, 32 pairs of hexadecimal digits with or without colons. */
  readonly fingerprint?: string | undefined;
}

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

const CONNECT_TIMEOUT_MS = 5000;
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
    const { host, port, tls } = address;
    const place = `${host}:${port}`;
    const ip = await lookup(host).catch((error: NodeJS.ErrnoException) => {
      throw failed('dns', `${host}: ${error.code ?? error.message}`);
    });
    const socket = await connected(connect({ host: ip.address, port, noDelay: true }), 'connect', place);
    if (tls === undefined) return new CameraConnection(socket, address);
    const encrypted = connectTls({
      socket,
      ...(!/^[\d.]+$|:/.test(host) && { servername: host }),
      ...(tls.ca !== undefined && { ca: tls.ca }),
      // Judged below, where what is wrong can be told.
      rejectUnauthorized: false,
    });
    await connected(encrypted, 'secureConnect', place);
    const distrust = distrustOf(encrypted, tls);
    if (distrust === undefined) return new CameraConnection(encrypted, address);
    encrypted.destroy();
    throw failed('certificate', distrust);
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
  ): Promise<RtspMessage> {
    const answer = await this.#ask(method, uri, headers);
    if (statusOf(answer) !== 401) return answer;
    const hadAnswered = this.#uses > 0;
    const challenge = this.#expectChallenge(answer);
    // The password was right once: only the nonce is too old.
    const isRenewed = hadAnswered && challenge.scheme === 'digest' && challenge.stale;
    if (hadAnswered && !isRenewed) throw this.#refused();
    this.#challenge = challenge;
    this.#uses = 0;
    const second = await this.#ask(method, uri, headers);
    if (statusOf(second) === 401) throw this.#refused();
    return second;
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

  #refused(): CaptureError {
    this.#isRefused = true;
    return failed('unauthorized', 'the camera refuses the user name or the password');
  }

  /** @throws CaptureError for what cannot or may not be answered */
  #expectChallenge(answer: RtspMessage): Challenge {
    const { challenge, offered } = readChallenges(answer.headers.get('www-authenticate') ?? []);
    const { credentials, tls, allowsBasic } = this.#address;
    if (this.#isRefused) throw this.#refused();
    if (credentials === undefined)
      throw failed('unauthorized', 'the camera asks for a user name and a password');
    if (challenge === undefined) {
      const names = offered.join(', ') || 'nothing that is known';
      throw failed(
        'unauthorized',
        `the camera takes ${names}; Digest with MD5 or SHA-256, and Basic, are known here`,
      );
    }
    if (challenge.scheme === 'basic' && tls === undefined && !allowsBasic)
      throw failed(
        'unauthorized',
        'the camera takes the password in clear only (Basic): end the address with #auth=basic where the network is trusted',
      );
    return challenge;
  }

  #ask(method: string, uri: string, headers: Readonly<Record<string, string>>): Promise<RtspMessage> {
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
        reject(failed('unreachable', `no answer to ${method} within ${ANSWER_TIMEOUT_MS / 1000} s`));
      }, ANSWER_TIMEOUT_MS);
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

export function failed(failure: Failure, message: string): CaptureError {
  // Cameras say parts of it.
  return new CaptureError({ failure, message: oneLine(message) });
}

function connected<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  place: string,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(failed('unreachable', `no answer from ${place}`)), CONNECT_TIMEOUT_MS);
    const end = (error: CaptureError) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') end(failed('refused', `connect ECONNREFUSED ${place}`));
      else if (event === 'secureConnect')
        end(failed('certificate', `no encrypted connection (${error.code ?? error.message})`));
      else end(failed('unreachable', `${error.code ?? error.message} ${place}`));
    };
    socket.once('error', onError);
    socket.once('close', () => onError(new Error('closed at once')));
    socket.once(event, () => {
      clearTimeout(timer);
      socket.removeAllListeners('error').removeAllListeners('close');
      resolve(socket);
    });
  });
}

/** @returns why the certificate is not trusted */
function distrustOf(socket: TLSSocket, { fingerprint }: TlsTrust): string | undefined {
  const plain = (text: string) => text.replaceAll(':', '').toLowerCase();
  const certificate: DetailedPeerCertificate = socket.getPeerCertificate(true);
  const seen = certificate.fingerprint256 ?? 'none';
  if (fingerprint !== undefined)
    return plain(seen) === plain(fingerprint) ? undefined : `the certificate has the fingerprint ${seen}`;
  if (socket.authorized) return undefined;
  const error = socket.authorizationError as unknown as NodeJS.ErrnoException | string;
  const code = typeof error === 'string' ? error : (error?.code ?? error?.message ?? 'unknown');
  return `${code}; SHA-256 fingerprint ${seen} (tls: { ca } or { fingerprint } makes it trusted)`;
}
