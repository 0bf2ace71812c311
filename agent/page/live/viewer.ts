// One open page -> what is sent to it: all that is told, and of pictures the newest that it can take.

import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { ClientMessage } from '../protocol.js';

/** Of a camera, on their way to a page that has not drawn them yet: one is drawn while the other comes. */
const MOST_UNDRAWN = 2;
/** Words that wait for a page which reads nothing, beside its pictures; it is told everything when it comes back. */
const MOST_WAITING_BYTES = 1024 * 1024;
const MOST_CAMERAS = 1000;
/** Beside its words that pictures have been drawn, of which there are as many as were sent. */
const MOST_MESSAGES_PER_SECOND = 300;

const name = z.string().max(63);
const message = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('watch'), cameras: z.array(name).max(MOST_CAMERAS) }),
  z.strictObject({ kind: z.literal('drawn'), camera: name }),
]) satisfies z.ZodType<ClientMessage>;

interface Watched {
  undrawn: number;
  waiting: Buffer | undefined;
}

export interface ViewerOptions {
  readonly socket: WebSocket;
  readonly nowMs: () => number;
  /** The cameras that it looks at are others now. */
  readonly onWatch: () => void;
  readonly onGone: () => void;
}

export class Viewer {
  readonly #options: ViewerOptions;
  readonly #watched = new Map<string, Watched>();
  /** That wait to be taken, whatever has become of the camera. */
  #pictureBytes = 0;
  #isAlive = true;
  #second = 0;
  #inSecond = 0;

  constructor(options: ViewerOptions) {
    const { socket, onGone } = options;
    this.#options = options;
    socket.on('message', (data, isBinary) => this.#read(isBinary ? '' : String(data)));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('close', () => {
      this.#watched.clear();
      onGone();
    });
  }

  get watched(): Iterable<string> {
    return this.#watched.keys();
  }

  /** @param message as JSON: a `ServerMessage` */
  tell(message: string): void {
    const { socket } = this.#options;
    if (socket.readyState !== socket.OPEN) return;
    // Pictures are bounded by what was drawn: of many cameras those alone are more.
    if (socket.bufferedAmount - this.#pictureBytes > MOST_WAITING_BYTES) socket.terminate();
    else socket.send(message);
  }

  /** @param picture head and JPEG, the same bytes for all viewers */
  picture(camera: string, picture: Buffer): void {
    const watched = this.#watched.get(camera);
    if (watched === undefined) return;
    watched.waiting = picture;
    this.#send(watched);
  }

  /** No picture from before may be sent any more. */
  forget(camera: string): void {
    const watched = this.#watched.get(camera);
    if (watched !== undefined) watched.waiting = undefined;
  }

  /** Ends the connection of one who has not answered since the last time. */
  ask(): void {
    const { socket } = this.#options;
    if (this.#isAlive) socket.ping();
    else socket.terminate();
    this.#isAlive = false;
  }

  #send(watched: Watched): void {
    const { socket } = this.#options;
    const { waiting } = watched;
    if (waiting === undefined || watched.undrawn >= MOST_UNDRAWN || socket.readyState !== socket.OPEN) return;
    watched.waiting = undefined;
    watched.undrawn++;
    this.#pictureBytes += waiting.byteLength;
    socket.send(waiting, () => {
      this.#pictureBytes -= waiting.byteLength;
    });
  }

  #read(text: string): void {
    const read = message.safeParse(parsed(text)).data;
    const isAnswer = read?.kind === 'drawn' && this.#drawn(read.camera);
    if (read === undefined || (!isAnswer && this.#isTooFast()))
      this.#options.socket.close(1008, 'expected another message');
    else if (read.kind === 'watch') this.#watch(read.cameras);
  }

  /** @returns whether one was sent that has not been drawn yet */
  #drawn(camera: string): boolean {
    const watched = this.#watched.get(camera);
    if (watched === undefined || watched.undrawn === 0) return false;
    watched.undrawn--;
    this.#send(watched);
    return true;
  }

  #watch(cameras: readonly string[]): void {
    for (const camera of this.#watched.keys()) if (!cameras.includes(camera)) this.#watched.delete(camera);
    for (const camera of cameras)
      if (!this.#watched.has(camera)) this.#watched.set(camera, { undrawn: 0, waiting: undefined });
    this.#options.onWatch();
  }

  #isTooFast(): boolean {
    const second = Math.floor(this.#options.nowMs() / 1000);
    this.#inSecond = second === this.#second ? this.#inSecond + 1 : 1;
    this.#second = second;
    return this.#inSecond > MOST_MESSAGES_PER_SECOND;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
