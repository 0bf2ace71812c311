// Bytes of JPEGs, in chunks -> whether one begins behind the end of another. Pure.

const START = 0xd8;
const END = 0xd9;
/** Begins each of both; several are as good as one. */
const MARKER = 0xff;
/** Cameras and containers fill up their pictures, and shell scripts end them with a line. */
const PADDING: readonly number[] = [MARKER, ...Buffer.from('\0\t\n\r ')];

export class JpegRow {
  #last = 0;
  /** Nothing but padding has come since the end of a picture. */
  #hasEnded = false;

  /** @returns whether it is a row: nothing that follows changes that */
  push(chunk: Buffer): boolean {
    return chunk.some((byte) => this.#beginsNext(byte));
  }

  #beginsNext(byte: number): boolean {
    const isMarked = this.#last === MARKER;
    this.#last = byte;
    if (isMarked && byte === START && this.#hasEnded) return true;
    if (isMarked && byte === END) this.#hasEnded = true;
    else this.#hasEnded &&= PADDING.includes(byte);
    return false;
  }
}
