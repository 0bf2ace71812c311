// A camera that sends pictures over HTTP -> the bytes that it sends, on a descriptor for GStreamer: logged in, from the
// one host that the address names.

import { randomBytes } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { type SocketPair, socketDescriptor, socketPair } from '../capture/socket-pair.js';
import type { CaptureError, FailureReport } from '../failure.js';
import { type CameraAddress, type NetworkCamera, portOf } from './address.js';
import { authorize } from './authorization.js';
import { expectChallenge, failed, openSocket, refusedLogin } from './camera-socket.js';
import { isPlaylist } from './hls-playlist.js';
import { MOST_REDIRECTS, redirected, tooManyRedirects } from './redirect.js';

const ANSWER_TIMEOUT_MS = 8000;

/** What comes, as the camera calls it. */
type Content = 'multipart' | 'video';

export class HttpRelay {
  readonly #answer: IncomingMessage;
  readonly #ends: SocketPair;
  readonly content: Content;
  #failure: FailureReport | undefined;

  private constructor(answer: IncomingMessage, ends: SocketPair, onCameraClosed: () => void) {
    this.#answer = answer;
    this.#ends = ends;
    this.content = contentOf(answer.headers['content-type']);
    ends.ours.on('error', () => answer.destroy());
    answer.on('error', (error) => {
      this.#failure = failed('unreachable', error.message).report;
    });
    answer.on('close', () => {
      ends.ours.end();
      onCameraClosed();
    });
    if (!answer.destroyed) return;
    // It was over before there was anybody to tell.
    if (!answer.complete) this.#failure = failed('unreachable', 'the camera closed the connection').report;
    ends.ours.end();
    onCameraClosed();
  }

  /** @throws CaptureError that says why the camera sends nothing that can be played */
  static async open(camera: NetworkCamera, onCameraClosed: () => void = () => {}): Promise<HttpRelay> {
    const { answer } = await get(camera);
    try {
      if (contentOf(answer.headers['content-type']) === 'video') await expectNoPlaylist(answer);
      return new HttpRelay(answer, await socketPair(() => {}), onCameraClosed);
    } catch (error) {
      answer.destroy();
      throw error;
    }
  }

  /** Bytes that GStreamer had before its clock runs would have no time. */
  begin(): void {
    this.#answer.pipe(this.#ends.ours);
  }

  /** For `fdsrc`. */
  get descriptor(): number {
    return socketDescriptor(this.#ends.theirs);
  }

  /** Why the camera's side ended, where it did before its time. */
  get failure(): FailureReport | undefined {
    return this.#failure;
  }

  close(): void {
    this.#answer.destroy();
    this.#ends.ours.destroy();
    this.#ends.theirs.destroy();
  }
}

export interface Got {
  readonly answer: IncomingMessage;
  /** Where it was found, to which what it names is relative. */
  readonly location: string;
}

/** Redirects within the host are followed, and a login is tried once. */
export async function get(camera: NetworkCamera): Promise<Got> {
  let { location } = camera;
  let place: CameraAddress = camera;
  let authorization: string | undefined;
  for (let requests = 0; requests <= MOST_REDIRECTS + 1; requests++) {
    const answer = await ask(place, location, authorization);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200) return { answer, location };
    answer.destroy();
    if (statusCode === 401) {
      if (authorization !== undefined) throw refusedLogin();
      const challenge = expectChallenge(answer.headersDistinct['www-authenticate'] ?? [], camera);
      const uri = pathOf(location);
      const clientNonce = randomBytes(8).toString('hex');
      authorization = authorize(challenge, camera.credentials!, {
        method: 'GET',
        uri,
        count: 1,
        clientNonce,
      });
    } else if (statusCode >= 300 && statusCode < 400) {
      location = redirected(location, headers.location, camera.host);
      place = { ...camera, port: portOf(location) };
      authorization = undefined;
    } else if (statusCode === 403) throw failed('unauthorized', `HTTP ${statusCode} ${answer.statusMessage}`);
    else if (statusCode === 404 || statusCode === 410)
      throw failed('not-found', `HTTP ${statusCode} ${answer.statusMessage}`);
    else throw failed('unreachable', `HTTP ${statusCode} ${answer.statusMessage}`);
  }
  throw tooManyRedirects();
}

async function ask(
  place: CameraAddress,
  location: string,
  authorization: string | undefined,
): Promise<IncomingMessage> {
  const socket = await openSocket(place);
  return new Promise((resolve, reject) => {
    const asked = request({
      createConnection: () => socket,
      path: pathOf(location),
      headers: {
        Host: new URL(location).host,
        'User-Agent': 'cspcam',
        Accept: '*/*',
        Connection: 'close',
        ...(authorization !== undefined && { Authorization: authorization }),
      },
    });
    const timer = setTimeout(() => {
      asked.destroy();
      reject(failed('unreachable', `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`));
    }, ANSWER_TIMEOUT_MS);
    asked.on('response', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    asked.on('error', (error) => {
      clearTimeout(timer);
      reject(failed('unreachable', error.message));
    });
    asked.end();
  });
}

/** Servers that do not know what it is call it a video, or bytes. */
async function expectNoPlaylist(answer: IncomingMessage): Promise<void> {
  await new Promise((resolve) => {
    answer.once('readable', resolve);
    answer.once('close', resolve);
    setTimeout(resolve, ANSWER_TIMEOUT_MS).unref();
  });
  const first: Buffer | null = answer.read();
  if (first === null) return;
  if (isPlaylist(first.toString('utf8', 0, 64))) throw playlist();
  answer.unshift(first);
}

/** @throws CaptureError for what is no video, with what to do about it */
function contentOf(type = 'nothing'): Content {
  const name = type.split(';')[0]!.trim().toLowerCase();
  if (name === 'multipart/x-mixed-replace' || name === 'multipart/mixed') return 'multipart';
  if (/mpegurl$/.test(name)) throw playlist();
  if (name.startsWith('image/'))
    throw failed(
      'decode',
      `one picture (${name}), not a stream of them: ask the camera's manual for its MJPEG address`,
    );
  if (name.startsWith('video/') || name === 'application/octet-stream') return 'video';
  throw failed('decode', `${name}, which is no video`);
}

function playlist(): CaptureError {
  return failed(
    'decode',
    'a playlist (HLS), which names other addresses: end the address with #hls where that is meant',
  );
}

function pathOf(location: string): string {
  const { pathname, search } = new URL(location);
  return pathname + search;
}
