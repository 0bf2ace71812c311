// Work of the layers + size of the cache -> bytes that each layer moves to and from memory.

import type { LayerWork } from './work.js';

/**
 * The cache keeps what was touched last, whole tensors at a time. Reading what is still there costs nothing. An output
 * costs its bytes where it cannot stay until it is read: what stays is overwritten in the cache by later tensors,
 * because a runtime gives the same memory out again.
 *
 * @returns bytes, in the order of the works; of a frame among others, so weights stay where everything fits
 */
export function memoryTraffic(works: readonly LayerWork[], cacheBytes: number): number[] {
  const cache = new Cache(cacheBytes);
  run(works, cache);
  return run(works, cache);
}

/** @returns largest sum of tensors that are needed at the same time, the input of the network among them */
export function liveBytes(works: readonly LayerWork[]): number {
  const lastUse = new Map<number, number>();
  for (const [at, { inputs }] of works.entries()) for (const input of inputs) lastUse.set(input, at);
  const live = new Map<number, number>();
  let most = 0;
  for (const [at, work] of works.entries()) {
    for (const [i, input] of work.inputs.entries()) live.set(input, work.inputBytes[i]!);
    live.set(work.index, work.outputBytes);
    most = Math.max(most, sum([...live.values()]));
    for (const input of live.keys()) if (lastUse.get(input) === at) live.delete(input);
  }
  return most;
}

function run(works: readonly LayerWork[], cache: Cache): number[] {
  const readLater = new Map<number, number>();
  for (const { inputs } of works) for (const input of inputs) add(readLater, input, 1);
  const moved: number[] = [];
  const written = new Map<number, number>();
  for (const [at, work] of works.entries()) {
    moved[at] = cache.touch(`weights ${work.index}`, work.weightBytes);
    for (const [i, input] of work.inputs.entries()) {
      const missed = cache.touch(`values ${input}`, work.inputBytes[i]!);
      moved[at] += missed;
      add(readLater, input, -1);
      // It was not there any more, so it had been written to memory first.
      const writer = written.get(input);
      if (missed > 0 && writer !== undefined) {
        moved[writer] = moved[writer]! + missed;
        written.delete(input);
      }
    }
    if (cache.touch(`values ${work.index}`, work.outputBytes, 'write') > 0 || !readLater.has(work.index))
      moved[at] += work.outputBytes;
    else written.set(work.index, at);
    for (const input of work.inputs) if (readLater.get(input) === 0) cache.forget(`values ${input}`);
  }
  return moved;
}

class Cache {
  readonly #held = new Map<string, number>();
  #heldBytes = 0;

  constructor(private readonly bytes: number) {}

  /** @returns bytes that had to come from memory; of a write, those that do not fit */
  touch(name: string, bytes: number, access: 'read' | 'write' = 'read'): number {
    const hit = this.forget(name);
    if (bytes > this.bytes) return bytes;
    this.#held.set(name, bytes);
    this.#heldBytes += bytes;
    for (const oldest of this.#held.keys()) {
      if (this.#heldBytes <= this.bytes) break;
      this.forget(oldest);
    }
    return hit || access === 'write' ? 0 : bytes;
  }

  /** @returns whether it was there */
  forget(name: string): boolean {
    this.#heldBytes -= this.#held.get(name) ?? 0;
    return this.#held.delete(name);
  }
}

function add(counts: Map<number, number>, key: number, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
