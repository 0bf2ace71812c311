// Sources of different speed -> turns, drops and buffers given back. The sources are fakes.

import { expect, test } from 'vitest';
import { FrameSlot } from '../../../pipelines/capture/slot.js';
import type { Frame, FrameSource } from '../../../pipelines/frame.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { NewestFrames } from '../../../pipelines/newest.js';
import { FakeClock, recordOf, settled } from '../../support/fake-capture.js';

function frameOf(source: string, sequence: number): Frame {
  const { kind, dropped, ...record } = recordOf(sequence);
  return { ...record, source, inputSize: { width: 4, height: 4 }, pixels: new ArrayBuffer(48) };
}

/** A source that gives what a test puts in. */
class FakeSource implements FrameSource {
  readonly id: string;
  readonly #given: Frame[] = [];
  #end: { error?: Error } | undefined;
  #wake = () => {};
  open = false;

  constructor(id: string) {
    this.id = id;
  }

  give(sequence: number): void {
    this.#given.push(frameOf(this.id, sequence));
    this.#wake();
  }

  end(error?: Error): void {
    this.#end = error === undefined ? {} : { error };
    this.#wake();
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    signal.addEventListener('abort', () => this.#wake());
    this.open = true;
    try {
      while (!signal.aborted) {
        const frame = this.#given.shift();
        if (frame !== undefined) yield frame;
        else if (this.#end?.error !== undefined) throw this.#end.error;
        else if (this.#end !== undefined) return;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.open = false;
    }
  }
}

function merged(...ids: string[]) {
  const sources = ids.map((id) => new FakeSource(id));
  const released: ArrayBuffer[] = [];
  const stop = new AbortController();
  const newest = new NewestFrames(sources, (pixels) => released.push(pixels));
  const frames = newest.frames(stop.signal);
  const next = async () => {
    const { value } = await frames.next();
    return value === undefined ? undefined : `${value.source}${value.sequence}`;
  };
  return { sources: sources as [FakeSource, FakeSource, FakeSource], released, stop, newest, next };
}

test('a slow consumer sees the newest, and the older ones are given back and counted', async () => {
  const { sources, released, newest, next } = merged('a');
  const first = next();
  sources[0].give(0);
  expect(await first).toBe('a0');
  for (let i = 1; i <= 5; i++) sources[0].give(i);
  await settled();
  expect(await next()).toBe('a5');
  expect(released).toHaveLength(4);
  expect(newest.dropped).toEqual(new Map([['a', 4]]));
});

test('a fast source takes every turn alone, and every other turn beside a slow one', async () => {
  const { sources, next } = merged('a', 'b', 'c');
  const first = next();
  sources[0].give(0);
  expect(await first).toBe('a0');
  for (let i = 1; i <= 4; i++) {
    sources[0].give(i);
    if (i === 2) sources[1].give(0);
    if (i === 3) sources[2].give(0);
  }
  await settled();
  // Those that never had a turn come first, in their order.
  expect([await next(), await next(), await next()]).toEqual(['b0', 'c0', 'a4']);
});

test('turns go round while all have frames', async () => {
  const { sources, next } = merged('a', 'b', 'c');
  const seen: (string | undefined)[] = [];
  const first = next();
  for (let round = 0; round < 3; round++) {
    for (const source of sources) source.give(round);
    await settled();
    if (round === 0) seen.push(await first);
    while (seen.length < 3 * (round + 1)) seen.push(await next());
  }
  expect(seen.map((name) => name?.[0]).join('')).toBe('abcabcabc');
});

/** Frames per second that each camera offers, and those it should get of a consumer that takes 40. */
const shares: [offered: number[], fair: number[]][] = [
  [[60], [40]],
  [
    [30, 30],
    [20, 20],
  ],
  [
    [15, 15, 15, 15],
    [10, 10, 10, 10],
  ],
  [Array(8).fill(30), Array(8).fill(5)],
  [Array(8).fill(7), Array(8).fill(5)],
  // What a slow one leaves is for the others.
  [
    [2, 30, 30, 30],
    [2, 12.67, 12.67, 12.67],
  ],
  [
    [5, 10, 60],
    [5, 10, 25],
  ],
];

test.each(shares)('cameras of %j frames per second share 40 as %j', async (offered, fair) => {
  const clock = new FakeClock();
  const sources = offered.map((_, i) => new FakeSource(String(i)));
  const counts = offered.map(() => 0);
  const stop = new AbortController();
  const consumer = (async () => {
    for await (const { source } of new NewestFrames(sources, () => {}).frames(stop.signal)) {
      counts[Number(source)]!++;
      await new Promise<void>((resolve) => clock.after(25, resolve));
    }
  })();
  for (const [i, fps] of offered.entries()) {
    const give = (sequence: number) => {
      sources[i]!.give(sequence);
      clock.after(1000 / fps, () => give(sequence + 1));
    };
    clock.after(3.7 * i, () => give(0));
  }
  await clock.advance(20_000);
  stop.abort();
  await clock.advance(25);
  await consumer;
  const rates = counts.map((count) => count / 20);
  for (const [i, rate] of rates.entries()) expect(Math.abs(rate / fair[i]! - 1)).toBeLessThan(0.1);
  expect(rates.reduce((sum, rate) => sum + rate, 0)).toBeGreaterThan(0.95 * 40);
});

test('ends when all have ended, and the last frames are handed over', async () => {
  const { sources, next } = merged('a', 'b');
  const first = next();
  sources[0].give(0);
  sources[0].end();
  sources[1].give(7);
  sources[1].end();
  expect([await first, await next(), await next()]).toEqual(['a0', 'b7', undefined]);
});

test('an abort ends a wait, closes the sources, and gives back what waits', async () => {
  const { sources, released, stop, next } = merged('a', 'b');
  const first = next();
  sources[0].give(0);
  await first;
  const waiting = next();
  await settled();
  expect(sources.map(({ open }) => open)).toEqual([true, true]);
  stop.abort();
  sources[1].give(0);
  expect(await waiting).toBeUndefined();
  expect(sources.map(({ open }) => open)).toEqual([false, false]);
  expect(released.length).toBeLessThanOrEqual(1);
});

test('a consumer that breaks off gives back what waits', async () => {
  const source = new FakeSource('a');
  const released: ArrayBuffer[] = [];
  const newest = new NewestFrames([source], (pixels) => released.push(pixels));
  source.give(0);
  for await (const frame of newest.frames(new AbortController().signal)) {
    expect(frame.sequence).toBe(0);
    source.give(1);
    await settled();
    break;
  }
  expect(source.open).toBe(false);
  expect(released).toHaveLength(1);
});

test('an error of a source is thrown, and the others are closed', async () => {
  const { sources, next } = merged('a', 'b');
  const first = next();
  await settled();
  sources[1].end(new Error('no such file'));
  await expect(first).rejects.toThrow('no such file');
  expect(sources[0].open).toBe(false);
});

test('a slot counts what it overwrites, and hands the last frame over after the end', async () => {
  const released: ArrayBuffer[] = [];
  const slot = new FrameSlot((pixels) => released.push(pixels));
  for (let i = 0; i < 3; i++) slot.put(frameOf('a', i));
  slot.end();
  const seen: number[] = [];
  for await (const frame of slot.frames(new AbortController().signal)) seen.push(frame.sequence);
  expect([seen, slot.overwritten, released.length]).toEqual([[2], 2, 2]);
});

test('a pool reuses buffers of the size asked for, keeps few, and ignores transferred ones', () => {
  const pool = new FramePool(2);
  const [a, b, c] = [pool.acquire(8), pool.acquire(8), pool.acquire(8)] as const;
  structuredClone(a, { transfer: [a] });
  pool.release(a);
  pool.release(b);
  expect(pool.acquire(8)).toBe(b);
  expect(pool.acquire(8)).not.toBe(a);
  for (const buffer of [b, c, new ArrayBuffer(8)]) pool.release(buffer);
  // A pool of another size starts anew.
  expect(pool.acquire(16).byteLength).toBe(16);
  expect([b, c]).not.toContain(pool.acquire(8));
});
