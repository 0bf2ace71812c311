// -> What the agent tells, again and again over losses of the connection, and the pictures that it sends.

import type { ClientMessage, PictureHead, ServerMessage } from '../protocol.js';

export interface ConnectionOptions {
  readonly onMessage: (message: ServerMessage) => void;
  readonly onPicture: (head: PictureHead, jpeg: Blob | undefined) => void;
  readonly onChange: (isOpen: boolean) => void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

export class Connection {
  readonly #options: ConnectionOptions;
  #socket: WebSocket | undefined;
  #retryMs = FIRST_RETRY_MS;
  #watched: readonly string[] = [];
  #timer = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  open(): void {
    const { protocol, host } = window.location;
    const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/live`);
    socket.binaryType = 'arraybuffer';
    let openedMs = Number.POSITIVE_INFINITY;
    socket.onopen = () => {
      openedMs = performance.now();
      this.#options.onChange(true);
      this.#send({ kind: 'watch', cameras: this.#watched });
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') this.#options.onMessage(JSON.parse(data) as ServerMessage);
      else this.#picture(data);
    };
    socket.onclose = () => {
      this.#options.onChange(false);
      // Who is let in and hung up on at once, each time, is no better off than who is refused.
      if (performance.now() - openedMs > LONGEST_RETRY_MS) this.#retryMs = FIRST_RETRY_MS;
      this.#timer = window.setTimeout(() => this.open(), this.#retryMs);
      this.#retryMs = Math.min(LONGEST_RETRY_MS, 2 * this.#retryMs);
    };
    this.#socket = socket;
  }

  close(): void {
    window.clearTimeout(this.#timer);
    if (this.#socket === undefined) return;
    this.#socket.onclose = null;
    this.#socket.close();
  }

  /** @param cameras whose pictures are wanted from now on */
  watch(cameras: readonly string[]): void {
    if (String(cameras) === String(this.#watched)) return;
    this.#watched = cameras;
    this.#send({ kind: 'watch', cameras });
  }

  /** Another picture of the camera may come. */
  drawn(camera: string): void {
    this.#send({ kind: 'drawn', camera });
  }

  #send(message: ClientMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #picture(data: ArrayBuffer): void {
    const length = new DataView(data).getUint32(0);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length))) as PictureHead;
    const jpeg = data.slice(4 + length);
    this.#options.onPicture(head, jpeg.byteLength > 0 ? new Blob([jpeg], { type: 'image/jpeg' }) : undefined);
  }
}
