// RTP packets as UDP delivers them -> in their order, each once; and where one is lost. Pure.

export type Ordered = { readonly kind: 'packet'; readonly bytes: Buffer } | { readonly kind: 'loss' };

/** So many newer packets say that one does not come any more, */
const MOST_WAITING = 32;
/** and so does this time, in which cameras of few frames send few. */
const LONGEST_WAIT_MS = 200;
/** What is further behind is no packet that came late, or twice (`MAX_MISORDER` of RFC 3550, A.1). */
const MOST_MISORDERED = 100;
const SEQUENCES = 1 << 16;
const RTP_HEADER_BYTES = 12;

export class PacketOrder {
  /** By number. */
  readonly #waiting = new Map<number, Buffer>();
  /** Since when the oldest of them does. */
  #waitingSinceMs: number | undefined;
  #next: number | undefined;
  /** The last one that was far behind. */
  #behind: { readonly sequence: number; readonly bytes: Buffer } | undefined;

  /** @param nowMs when it came, on a clock that never goes back */
  *push(bytes: Buffer, nowMs: number): Generator<Ordered, void, undefined> {
    if (bytes.length < RTP_HEADER_BYTES) return;
    const sequence = bytes.readUInt16BE(2);
    this.#next ??= sequence;
    // The half of all numbers that is behind is of packets that came too late, or twice; or of a camera that begins anew.
    const behind = (this.#next - sequence + SEQUENCES) % SEQUENCES;
    if (behind > 0 && behind <= SEQUENCES / 2) {
      if (behind > MOST_MISORDERED) yield* this.#beginAnew(sequence, bytes);
      return;
    }
    this.#waiting.set(sequence, bytes);
    yield* this.#ready();
    if (this.#waiting.size === 0) this.#waitingSinceMs = undefined;
    else this.#waitingSinceMs ??= nowMs;
    const waitsLong = this.#waitingSinceMs !== undefined && nowMs - this.#waitingSinceMs > LONGEST_WAIT_MS;
    if (!waitsLong && this.#waiting.size <= MOST_WAITING) return;
    yield { kind: 'loss' };
    const ahead = (number: number) => (number - this.#next! + SEQUENCES) % SEQUENCES;
    this.#next = [...this.#waiting.keys()].reduce((a, b) => (ahead(a) < ahead(b) ? a : b));
    yield* this.#ready();
    this.#waitingSinceMs = this.#waiting.size === 0 ? undefined : nowMs;
  }

  /** Two that follow one another are a new series. */
  *#beginAnew(sequence: number, bytes: Buffer): Generator<Ordered, void, undefined> {
    const before = this.#behind;
    this.#behind = { sequence, bytes };
    if (before === undefined || sequence !== (before.sequence + 1) % SEQUENCES) return;
    this.#behind = undefined;
    this.#waitingSinceMs = undefined;
    this.#waiting.clear();
    this.#waiting.set(before.sequence, before.bytes).set(sequence, bytes);
    this.#next = before.sequence;
    yield { kind: 'loss' };
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
