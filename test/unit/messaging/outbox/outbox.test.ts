// Messages and a broker that comes and goes -> what is sent, in which order, how fast, and what is counted.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Outbox } from '../../../../agent/messaging/outbox/outbox.js';
import { SegmentLog } from '../../../../agent/messaging/outbox/segment-log.js';
import { never } from '../../../support/ending.js';
import { random } from '../../../support/small-networks.js';

const TWO_HOURS_MS = 7_200_000;

/** What the disk beneath does not take at the moment; everything else is the real one's. */
const disk = vi.hoisted((): { refuses: string | undefined } => ({ refuses: undefined }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const refusal = () => Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  return {
    ...fs,
    openSync: (...[path, flags, mode]: Parameters<typeof fs.openSync>) => {
      if (disk.refuses === 'a new file' && flags === 'a' && !fs.existsSync(path)) throw refusal();
      return fs.openSync(path, flags, mode);
    },
    writeSync: (descriptor: number, bytes: Buffer, offset: number) => {
      if (disk.refuses === 'the first byte') throw refusal();
      if (disk.refuses !== 'the middle of a record') return fs.writeSync(descriptor, bytes, offset);
      if (offset > 0) throw refusal();
      return fs.writeSync(descriptor, bytes, offset, bytes.length >> 1);
    },
  };
});

afterEach(() => {
  disk.refuses = undefined;
  vi.useRealTimers();
});

interface Options {
  readonly maxBytes?: number;
  readonly maxAgeMs?: number;
  readonly replayPerSecond?: number;
  readonly directory?: string;
}

/** An outbox on a real folder, with a fake broker and fake time. */
function setUp({
  maxBytes = 1 << 20,
  maxAgeMs = TWO_HOURS_MS,
  replayPerSecond = 100,
  directory,
}: Options = {}) {
  vi.useFakeTimers();
  const folder = directory ?? mkdtempSync(join(tmpdir(), 'outbox-'));
  const waiting: { payload: string; done: (delivered: boolean) => void }[] = [];
  const disk: (string | undefined)[] = [];
  const outbox = new Outbox({
    log: new SegmentLog({ directory: folder, maxBytes }),
    send: (_topic, payload, done) => waiting.push({ payload, done }),
    now: Date.now,
    maxAgeMs,
    replayPerSecond,
    onDisk: (failure) => disk.push(failure?.message),
  });
  void outbox.start(never);
  const received: string[] = [];
  const acknowledge = (count = Number.POSITIVE_INFINITY) => {
    for (const { payload, done } of waiting.splice(0, count)) {
      received.push(payload);
      done(true);
    }
  };
  const balance = () => {
    const { restored, produced, delivered, droppedOld, droppedSpace, droppedDisk } = outbox.counters;
    return restored + produced - delivered - droppedOld - droppedSpace - droppedDisk - outbox.pending;
  };
  return { outbox, waiting, received, acknowledge, balance, disk, folder };
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));

test('while connected, messages go at once and in order', () => {
  const { outbox, acknowledge, received, balance } = setUp();
  outbox.connected();
  for (const word of numbered(0, 100)) {
    outbox.put('t', word);
    acknowledge();
  }
  expect(received).toEqual(numbered(0, 100));
  expect([outbox.pending, balance()]).toEqual([0, 0]);
});

test('an outage is replayed in order at its rate; new messages wait their turn behind it', async () => {
  const { outbox, acknowledge, received } = setUp({ replayPerSecond: 100 });
  for (const word of numbered(0, 500)) outbox.put('t', word);
  outbox.connected();
  const perSecond: number[] = [];
  for (let tick = 0; tick < 60; tick++) {
    await vi.advanceTimersByTimeAsync(100);
    acknowledge();
    if (tick === 10) outbox.put('t', '500');
    if (tick % 10 === 9) perSecond.push(received.length);
  }
  expect(received).toEqual(numbered(0, 501));
  const steps = perSecond.map((count, i) => count - (perSecond[i - 1] ?? 0));
  expect(Math.max(...steps)).toBeLessThanOrEqual(106);
});

test('what was not acknowledged is sent again after a loss, nothing else', async () => {
  const { outbox, waiting, acknowledge, received, balance } = setUp({ replayPerSecond: 1e6 });
  outbox.connected();
  for (const word of numbered(0, 5)) outbox.put('t', word);
  acknowledge(2);
  outbox.disconnected();
  const lost = waiting.splice(0);
  outbox.connected();
  // Late answers of the old connection.
  for (const { done } of lost) done(true);
  await vi.advanceTimersByTimeAsync(100);
  acknowledge();
  expect(received).toEqual(numbered(0, 5));
  expect(balance()).toBe(0);
});

test('acknowledgements out of order', async () => {
  const { outbox, waiting, received, acknowledge, balance } = setUp({ replayPerSecond: 1e6 });
  outbox.connected();
  for (const word of numbered(0, 4)) outbox.put('t', word);
  waiting.splice(2, 1)[0]!.done(true);
  expect([outbox.pending, balance()]).toEqual([3, 0]);
  outbox.disconnected();
  waiting.length = 0;
  outbox.connected();
  await vi.advanceTimersByTimeAsync(100);
  acknowledge();
  expect(received).toEqual(['0', '1', '3']);
  expect([outbox.pending, balance()]).toEqual([0, 0]);
});

test('too old when their turn comes', async () => {
  const { outbox, acknowledge, received, balance } = setUp({ maxAgeMs: 1000 });
  outbox.put('t', 'old');
  await vi.advanceTimersByTimeAsync(2000);
  outbox.put('t', 'new');
  outbox.connected();
  await vi.advanceTimersByTimeAsync(200);
  acknowledge();
  expect([received, outbox.counters.droppedOld, balance()]).toEqual([['new'], 1, 0]);
});

test('a full space drops the oldest and counts them', async () => {
  const { outbox, acknowledge, received, balance } = setUp({ maxBytes: 4000, replayPerSecond: 1e6 });
  for (const word of numbered(0, 1000)) outbox.put('t', word);
  expect(outbox.counters.droppedSpace + outbox.pending).toBe(1000);
  outbox.connected();
  for (let i = 0; i < 50; i++) {
    await vi.advanceTimersByTimeAsync(50);
    acknowledge();
  }
  expect(received).toEqual(numbered(1000 - received.length, 1000));
  expect(received.length).toBeGreaterThan(20);
  expect(balance()).toBe(0);
});

test('another start goes on where the last one was', async () => {
  const first = setUp();
  for (const word of numbered(0, 10)) first.outbox.put('t', word);
  await first.outbox.stop();
  const second = setUp({ directory: first.folder, replayPerSecond: 1e6 });
  expect(second.outbox.counters.restored).toBe(10);
  second.outbox.connected();
  await vi.advanceTimersByTimeAsync(100);
  second.acknowledge();
  expect(second.received).toEqual(numbered(0, 10));
  expect(second.balance()).toBe(0);
});

test('an outbox that is stopped before it was started leaves what an earlier one kept', async () => {
  const first = setUp();
  first.outbox.connected();
  for (const word of numbered(0, 4)) first.outbox.put('t', word);
  first.acknowledge(3);
  await first.outbox.stop();
  const unused = new Outbox({
    log: new SegmentLog({ directory: first.folder, maxBytes: 1 << 20 }),
    send: () => {},
    now: Date.now,
    maxAgeMs: TWO_HOURS_MS,
    replayPerSecond: 1,
    onDisk: (failure) => expect(failure).toBeUndefined(),
  });
  await unused.stop();
  await expect(unused.start(never)).rejects.toThrow();
  expect(setUp({ directory: first.folder }).outbox.counters.restored).toBe(1);
});

describe.each(['the first byte', 'the middle of a record', 'a new file'])(
  'a disk that refuses %s',
  (what) => {
    /** More than a segment takes, so that an old one goes for it. */
    const long = 'x'.repeat(600);
    const filled = () => {
      const all = setUp({ maxBytes: 4000 });
      for (const word of numbered(0, 200)) all.outbox.put('t', word);
      expect(all.outbox.counters.droppedSpace).toBeGreaterThan(0);
      disk.refuses = what;
      return all;
    };

    test('is told once, and once that it works again', () => {
      const { outbox, disk: told } = filled();
      for (let i = 0; i < 5; i++) outbox.put('t', long);
      disk.refuses = undefined;
      for (const word of numbered(200, 210)) outbox.put('t', word);
      expect(told).toEqual(['ENOSPC', undefined]);
    });

    test('loses nothing uncounted: neither what it refuses nor what went to make room', async () => {
      const { outbox, acknowledge, received, balance } = filled();
      const { droppedSpace } = outbox.counters;
      for (let refused = 1; refused <= 5; refused++) {
        outbox.put('t', long);
        expect([outbox.counters.droppedDisk, balance()]).toEqual([refused, 0]);
      }
      expect(outbox.counters.droppedSpace).toBeGreaterThan(droppedSpace);
      disk.refuses = undefined;
      outbox.put('t', '200');
      outbox.connected();
      for (let i = 0; i < 100; i++) {
        await vi.advanceTimersByTimeAsync(50);
        acknowledge();
      }
      expect([outbox.pending, balance(), outbox.counters.droppedDisk]).toEqual([0, 0, 5]);
      expect(received).toEqual(numbered(201 - received.length, 201));
    });
  },
);

test.each([1, 2, 3])(
  'random outages and acknowledgements, seed %i: in order, and the counters add up',
  async (seed) => {
    const next = random(seed);
    const { outbox, waiting, acknowledge, received, balance } = setUp({
      maxBytes: 20_000,
      replayPerSecond: 200,
    });
    let produced = 0;
    for (let step = 0; step < 3000; step++) {
      const choice = next();
      if (choice < 0.5) outbox.put('t', String(produced++));
      else if (choice < 0.8) acknowledge(Math.ceil(next() * 4));
      else if (choice < 0.83) {
        outbox.disconnected();
        waiting.length = 0;
      } else if (choice < 0.88) {
        outbox.disconnected();
        waiting.length = 0;
        outbox.connected();
      } else await vi.advanceTimersByTimeAsync(next() * 200);
      expect(balance()).toBe(0);
    }
    const firstTimes = received.map(Number).filter((value, i, all) => all.indexOf(value) === i);
    expect(firstTimes).toEqual(firstTimes.toSorted((a, b) => a - b));
    expect(received.length).toBeGreaterThan(500);
  },
);
