// Frames of cameras of different speed -> turns, and buffers given back.

import { expect, test } from 'vitest';
import type { Frame } from '../../../pipelines/frame.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { NewestFrames } from '../../../pipelines/newest.js';
import { FakeClock, recordOf, settled } from '../../support/fake-capture.js';

function frameOf(source: string, sequence: number): Frame {
  const { kind, ...record } = recordOf(sequence);
  return { ...record, source, inputSize: { width: 4, height: 4 }, pixels: new ArrayBuffer(48) };
}

function merged(...ids: string[]) {
  const released: ArrayBuffer[] = [];
  const stop = new AbortController();
  const newest = new NewestFrames(ids, (pixels) => released.push(pixels));
  const frames = newest.frames(stop.signal);
  const give = (source: string, sequence: number) => {
    const frame = frameOf(source, sequence);
    newest.put(frame);
    return frame.pixels;
  };
  const next = async () => {
    const { value } = await frames.next();
    return value === undefined ? undefined : `${value.source}${value.sequence}`;
  };
  return { released, stop, newest, frames, give, next };
}

test('a slow consumer sees the newest, and the older ones are given back', async () => {
  const { released, give, next } = merged('a');
  const first = next();
  give('a', 0);
  expect(await first).toBe('a0');
  const pixels = [1, 2, 3, 4, 5].map((sequence) => give('a', sequence));
  expect(await next()).toBe('a5');
  expect(released).toEqual(pixels.slice(0, 4));
});

test('frames that came before anybody asked are there: the newest of each', async () => {
  const { give, next } = merged('a', 'b');
  for (const sequence of [0, 1, 2]) give('a', sequence);
  give('b', 0);
  expect([await next(), await next()]).toEqual(['a2', 'b0']);
});

test('a fast source takes every turn alone, and every other turn beside a slow one', async () => {
  const { give, next } = merged('a', 'b', 'c');
  const first = next();
  give('a', 0);
  expect(await first).toBe('a0');
  for (let i = 1; i <= 4; i++) {
    give('a', i);
    if (i === 2) give('c', 0);
    if (i === 3) give('b', 0);
  }
  // Those that never had a turn come first, in their order.
  expect([await next(), await next(), await next()]).toEqual(['b0', 'c0', 'a4']);
});

test('turns go round while all have frames', async () => {
  const { give, next } = merged('a', 'b', 'c');
  const seen: (string | undefined)[] = [];
  for (let round = 0; round < 3; round++) {
    for (const source of ['c', 'b', 'a']) give(source, round);
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
  const counts = offered.map(() => 0);
  const stop = new AbortController();
  const newest = new NewestFrames(
    offered.map((_, i) => String(i)),
    () => {},
  );
  const consumer = (async () => {
    for await (const { source } of newest.frames(stop.signal)) {
      counts[Number(source)]!++;
      await new Promise<void>((resolve) => clock.after(25, resolve));
    }
  })();
  for (const [i, fps] of offered.entries()) {
    const give = (sequence: number) => {
      newest.put(frameOf(String(i), sequence));
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

test('after the end the last frames are handed over', async () => {
  const { newest, give, next } = merged('a', 'b');
  give('a', 0);
  give('b', 7);
  newest.end();
  expect([await next(), await next(), await next()]).toEqual(['a0', 'b7', undefined]);
});

test('an end while the consumer waits ends it', async () => {
  const { newest, next } = merged('a');
  const waiting = next();
  await settled();
  newest.end();
  expect(await waiting).toBeUndefined();
});

test('an abort ends a wait, and gives back what waits and what comes', async () => {
  const { released, stop, give, next } = merged('a', 'b');
  const first = next();
  give('a', 0);
  await first;
  const waiting = next();
  await settled();
  stop.abort();
  const pixels = [give('b', 0)];
  expect(await waiting).toBeUndefined();
  pixels.push(give('a', 1), give('a', 2));
  expect(released).toEqual(pixels);
});

test('a consumer that breaks off gives back what waits', async () => {
  const { released, frames, give } = merged('a', 'b');
  give('a', 0);
  const pixels: ArrayBuffer[] = [];
  for await (const frame of frames) {
    expect(frame.sequence).toBe(0);
    pixels.push(give('a', 1), give('b', 0));
    break;
  }
  expect(released).toEqual(pixels);
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

test('sources come and go while frames are taken; what waits of one that goes is given back', async () => {
  const { released, newest, give, next } = merged('a');
  newest.add('b');
  const [ofA, ofB] = [give('a', 0), give('b', 0)];
  newest.remove('a');
  expect(released).toEqual([ofA]);
  const late = give('a', 1);
  expect(released).toEqual([ofA, late]);
  expect(await next()).toBe('b0');
  newest.add('a');
  give('a', 2);
  expect(await next()).toBe('a2');
  const dropped = give('b', 1);
  newest.drop('b');
  newest.drop('b');
  give('b', 2);
  expect(await next()).toBe('b2');
  expect(released).toEqual([ofA, late, dropped]);
  expect(released).not.toContain(ofB);
});

test('tells whether a frame waits, and how many were given up for newer ones', async () => {
  const { newest, give, next } = merged('a', 'b');
  expect([newest.isWaiting, newest.replaced]).toEqual([false, 0]);
  for (const sequence of [0, 1, 2]) give('a', sequence);
  give('other', 0);
  expect([newest.isWaiting, newest.replaced]).toEqual([true, 2]);
  await next();
  expect([newest.isWaiting, newest.replaced]).toEqual([false, 2]);
});
