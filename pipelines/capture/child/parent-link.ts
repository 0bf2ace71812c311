// Records, pixels and packets -> descriptor 3, at the other end of which the parent reads.

import { Socket } from 'node:net';
import type {
  ExitRecord,
  FrameRecord,
  NoPacketsRecord,
  PacketRecord,
  PictureRecord,
  WindowRecord,
} from '../record-kinds.js';
import { recordHead } from '../records.js';

export class ParentLink {
  readonly #out = new Socket({ fd: 3, readable: false, writable: true });
  #hasEnded = false;

  /** @param onGone the parent reads no more */
  constructor(onGone: () => void) {
    this.#out.on('error', onGone);
  }

  /** Whether the exit record has been sent: nothing may follow it. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** @param planes R, G and B of the rows with the picture */
  sendFrame(
    record: FrameRecord | WindowRecord,
    planes: readonly [Buffer, Buffer, Buffer],
    onSent: () => void = () => {},
  ): void {
    const pixelBytes = planes.reduce((sum, { length }) => sum + length, 0);
    this.#out.cork();
    for (const bytes of [recordHead(record, pixelBytes), planes[0], planes[1]]) this.#out.write(bytes);
    this.#out.write(planes[2], onSent);
    this.#out.uncork();
  }

  sendPicture(record: PictureRecord, jpegs: readonly Buffer[]): void {
    if (this.#hasEnded) return;
    const bytes = jpegs.reduce((sum, { length }) => sum + length, 0);
    this.#out.cork();
    for (const part of [recordHead(record, bytes), ...jpegs]) this.#out.write(part);
    this.#out.uncork();
  }

  sendPacket(record: PacketRecord, bytes: Buffer): void {
    if (this.#hasEnded) return;
    this.#out.cork();
    for (const part of [recordHead(record, bytes.length), bytes]) this.#out.write(part);
    this.#out.uncork();
  }

  sendNoPackets(record: NoPacketsRecord): void {
    if (!this.#hasEnded) this.#out.write(recordHead(record, 0));
  }

  send(kind: 'waiting' | 'alive'): void {
    if (!this.#hasEnded) this.#out.write(recordHead({ kind }, 0));
  }

  /** Only the first end counts. */
  sendEnd(record: ExitRecord, onSent: () => void): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#out.write(recordHead(record, 0), onSent);
  }
}
