// What was piped to the parent, on a descriptor -> the same on another one, for GStreamer; and from its start again where
// another pipeline has to take the place of the first.

import { Socket } from 'node:net';
import { type SocketPair, socketDescriptor, socketPair } from '../socket-pair.js';

/** Many times what comes before the first picture. */
const MOST_KEPT_BYTES = 1 << 26;

export class PipedBytes {
  readonly #input: Socket;
  /** All that has come; nothing once it will not begin anew. */
  #kept: Buffer[] | undefined = [];
  #keptBytes = 0;
  #ends: SocketPair | undefined;

  constructor(descriptor: number) {
    this.#input = new Socket({ fd: descriptor, readable: true, writable: false });
    // Whoever writes has gone: that is its end.
    this.#input.on('error', () => this.#ends?.ours.end());
    this.#input.on('end', () => this.#ends?.ours.end());
    this.#input.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#input.pause();
  }

  /** Whether all that has come is still there. */
  get canBeginAnew(): boolean {
    return this.#kept !== undefined;
  }

  /** From the start. @returns for `fdsrc`; what read before gets nothing more */
  async begin(): Promise<number> {
    this.#input.pause();
    const ends = await socketPair(() => {});
    this.#ends?.ours.destroy();
    this.#ends?.theirs.destroy();
    this.#ends = ends;
    ends.ours.on('drain', () => this.#input.resume());
    // GStreamer reads no more: its pipeline says why.
    ends.ours.on('error', () => {});
    for (const chunk of this.#kept ?? []) ends.ours.write(chunk);
    if (this.#input.readableEnded || this.#input.destroyed) ends.ours.end();
    else if (!ends.ours.writableNeedDrain) this.#input.resume();
    return socketDescriptor(ends.theirs);
  }

  /** It will not begin anew. */
  forget(): void {
    this.#kept = undefined;
  }

  #onData(chunk: Buffer): void {
    this.#keptBytes += chunk.length;
    if (this.#keptBytes > MOST_KEPT_BYTES) this.forget();
    this.#kept?.push(chunk);
    if (this.#ends?.ours.write(chunk) === false) this.#input.pause();
  }
}
