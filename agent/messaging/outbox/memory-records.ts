// Records that the disk does not take -> kept in their order, in bounded memory. Pure.

export class MemoryRecords {
  readonly #mostBytes: number;
  readonly #payloads = new Map<number, Buffer>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get size(): number {
    return this.#payloads.size;
  }

  has(index: number): boolean {
    return this.#payloads.has(index);
  }

  get(index: number): Buffer | undefined {
    return this.#payloads.get(index);
  }

  /** Oldest first; what is deleted meanwhile does not come. */
  entries(): IterableIterator<[index: number, payload: Buffer]> {
    return this.#payloads.entries();
  }

  add(index: number, payload: Buffer): void {
    this.#payloads.set(index, payload);
    this.#bytes += payload.length;
  }

  delete(index: number): void {
    this.#bytes -= this.#payloads.get(index)?.length ?? 0;
    this.#payloads.delete(index);
  }

  /** The oldest where there is more than may be; it stays until it is deleted. */
  get surplus(): number | undefined {
    if (this.#bytes <= this.#mostBytes) return undefined;
    return this.#payloads.keys().next().value;
  }
}
