// What a process says of its outbox, over its ends by kill -9 -> what became of each message, to hold against its counts.

export class Ledger {
  /** By the number in the outbox: the message, and how it ended as far as is known. */
  readonly #records = new Map<number, { readonly message: number; end?: string }>();
  /** Messages that were on no disk, or on their way to it, when the process ended. */
  readonly #volatile = new Set<number>();
  /** Messages that were once on no disk. */
  readonly everVolatile = new Set<number>();
  /** Messages that were settled without the broker: a crash may have had that forgotten, and they may come late. */
  readonly settledUnsent = new Set<number>();
  readonly lost: number[] = [];
  readonly onDisk: string[] = [];
  /** The next message. */
  next = 0;
  failure: string | undefined;

  /** Takes a line of `outbox-under-faults.mjs`. */
  read(line: string): void {
    const [word, ...given] = line.split(' ');
    const [first, second] = given.map(Number) as [number, number];
    switch (word) {
      case 'started':
        this.#started(first);
        break;
      case 'numbered':
        this.#records.set(first, { message: second });
        this.#volatile.add(second);
        this.next = second + 1;
        break;
      case 'put':
        if (given[1] === 'disk') this.#volatile.delete(first);
        else this.everVolatile.add(first);
        break;
      case 'settled': {
        const record = this.#records.get(first);
        if (record === undefined) break;
        record.end = given.slice(1).join(' ').trim();
        if (record.end !== 'delivered') this.settledUnsent.add(record.message);
        break;
      }
      case 'disk':
        this.onDisk.push(given.join(' '));
        break;
      default:
        this.failure ??= line;
    }
  }

  /** Messages that are gone though the disk had them. */
  get vanished(): number[] {
    return this.lost.filter((message) => !this.#volatile.has(message));
  }

  /** Messages by how they ended: `delivered`, `evicted space`; those that have not are `pending`. */
  get ends(): ReadonlyMap<string, readonly number[]> {
    const ends = new Map<string, number[]>();
    for (const { message, end = 'pending' } of this.#records.values())
      ends.set(end, [...(ends.get(end) ?? []), message]);
    return ends;
  }

  /** @param end the numbers that the folder knows end here: the process before took the others with it */
  #started(end: number): void {
    for (const [index, { message }] of this.#records) {
      if (index < end) continue;
      this.lost.push(message);
      this.#records.delete(index);
    }
  }
}
