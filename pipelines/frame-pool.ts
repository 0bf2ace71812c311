// Buffers of one size, used again and again, so that memory stays flat over any number of frames.

/** Buffers may be given back by whoever holds them last, also after a transfer to a worker and back. */
export class FramePool {
  readonly #free: ArrayBuffer[] = [];
  readonly #capacity: number;

  /** @param capacity buffers kept for reuse; more may be in use */
  constructor(capacity = 8) {
    this.#capacity = capacity;
  }

  acquire(byteLength: number): ArrayBuffer {
    for (let buffer = this.#free.pop(); buffer !== undefined; buffer = this.#free.pop()) {
      if (buffer.byteLength === byteLength) return buffer;
    }
    return new ArrayBuffer(byteLength);
  }

  /** A detached buffer (length 0) is ignored, as is one too many. */
  release(buffer: ArrayBuffer): void {
    if (buffer.byteLength > 0 && this.#free.length < this.#capacity) this.#free.push(buffer);
  }
}
