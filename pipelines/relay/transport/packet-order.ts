// RTP packets as UDP delivers them -> in their order, each once; and where one is lost. Pure.

export type Ordered = { readonly kind: 'packet'; readonly bytes: Buffer } | { readonly kind: 'loss' };

/** So many newer packets say that one does not come any more. */
const MOST_WAITING = 32;
const SEQUENCES = 1 << 16;
const RTP_HEADER_BYTES = 12;

export class PacketOrder {
  /** By number. */
  readonly #waiting = new Map<number, Buffer>();
  #next: number | undefined;

  *push(bytes: Buffer): Generator<Ordered, void, undefined> {
    if (bytes.length < RTP_HEADER_BYTES) return;
    const sequence = bytes.readUInt16BE(2);
    this.#next ??= sequence;
    // The half of all numbers that is behind is of packets that came too late, or twice.
    if ((sequence - this.#next + SEQUENCES) % SEQUENCES >= SEQUENCES / 2) return;
    this.#waiting.set(sequence, bytes);
    yield* this.#ready();
    if (this.#waiting.size <= MOST_WAITING) return;
    yield { kind: 'loss' };
    const ahead = (number: number) => (number - this.#next! + SEQUENCES) % SEQUENCES;
    this.#next = [...this.#waiting.keys()].reduce((a, b) => (ahead(a) < ahead(b) ? a : b));
    yield* this.#ready();
  }

  *#ready(): Generator<Ordered, void, undefined> {
    for (;;) {
      const bytes = this.#waiting.get(this.#next!);
      if (bytes === undefined) return;
      this.#waiting.delete(this.#next!);
      this.#next = (this.#next! + 1) % SEQUENCES;
      yield { kind: 'packet', bytes };
    }
  }
}
