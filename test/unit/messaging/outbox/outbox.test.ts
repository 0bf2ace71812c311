// Messages and a broker that comes and goes -> what is sent, in which order, how fast, and what is counted.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Moment } from '../../../../agent/messaging/outbox/age.js';
import { Outbox, type OutboxLoss } from '../../../../agent/messaging/outbox/outbox.js';
import { StateFile } from '../../../../agent/messaging/outbox/state-file.js';
import type { Done } from '../../../../agent/messaging/outcome.js';
import { never } from '../../../support/ending.js';
import { random } from '../../../support/small-networks.js';

const TWO_HOURS_MS = 7_200_000;

/** What the disk beneath does not take at the moment; everything else is the real one's. */
const disk = vi.hoisted((): { refuses: string | undefined } => ({ refuses: undefined }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const refusal = (code: string) => Object.assign(new Error(code), { code });
  const isOfRecords = (path: unknown) => String(path).endsWith('.events');
  return {
    ...fs,
    openSync: (...[path, flags, mode]: Parameters<typeof fs.openSync>) => {
      if (disk.refuses === 'a new file' && flags === 'w+') throw refusal('ENOSPC');
      if (disk.refuses === 'to be written' && flags !== 'r') throw refusal('EROFS');
      if (disk.refuses === 'to be read' && flags === 'r' && isOfRecords(path)) throw refusal('EIO');
      return fs.openSync(path, flags, mode);
    },
    writeSync: (descriptor: number, bytes: Buffer, offset = 0, length = bytes.length, position = 0) => {
      if (disk.refuses === 'to be written') throw refusal('EROFS');
      // What is overwritten in place needs no room.
      const isRecord = bytes[0] === 0xff;
      if (isRecord && disk.refuses === 'the first byte') throw refusal('ENOSPC');
      if (!isRecord || disk.refuses !== 'the middle of a record')
        return fs.writeSync(descriptor, bytes, offset, length, position);
      if (offset > 0) throw refusal('ENOSPC');
      return fs.writeSync(descriptor, bytes, offset, length >> 1, position);
    },
    writeFileSync: (...given: Parameters<typeof fs.writeFileSync>) => {
      if (disk.refuses !== undefined && String(given[0]).endsWith('probe')) throw refusal('ENOSPC');
      fs.writeFileSync(...given);
    },
    rmSync: (...given: Parameters<typeof fs.rmSync>) => {
      if (disk.refuses === 'to be written') throw refusal('EROFS');
      fs.rmSync(...given);
    },
  };
});

const opened: Outbox[] = [];
afterEach(async () => {
  disk.refuses = undefined;
  vi.useRealTimers();
  for (const outbox of opened.splice(0)) await outbox.stop();
});

interface Options {
  readonly maxBytes?: number;
  readonly maxAgeMs?: number;
  readonly replayPerSecond?: number;
  readonly directory?: string;
  readonly now?: () => Moment;
}

/** An outbox on a real folder, with a fake broker and fake time. */
async function setUp({
  maxBytes = 1 << 20,
  maxAgeMs = TWO_HOURS_MS,
  replayPerSecond = 1e6,
  directory,
  now = () => ({ bootId: 'one', monotonicMs: Date.now() }),
}: Options = {}) {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const folder = directory ?? mkdtempSync(join(tmpdir(), 'outbox-'));
  const waiting: { payload: string; done: Done }[] = [];
  const disk: (string | undefined)[] = [];
  const losses: OutboxLoss[] = [];
  const outbox = new Outbox({
    directory: folder,
    where: 'mqtt.outbox.directory',
    maxBytes,
    send: (_topic, payload, done) => waiting.push({ payload, done }),
    now,
    maxAgeMs,
    replayPerSecond,
    onDisk: (failure) => disk.push(failure?.message),
    onLoss: (loss) => losses.push(loss),
  });
  opened.push(outbox);
  await outbox.start(never);
  const received: string[] = [];
  const acknowledge = (count = Number.POSITIVE_INFINITY) => {
    for (const { payload, done } of waiting.splice(0, count)) {
      received.push(payload);
      done({ kind: 'delivered' });
    }
  };
  /** Loses the connection: the broker has the first so many of what was on its way, and nobody hears of it. */
  const lose = (arrived = 0) => {
    outbox.disconnected();
    for (const [at, { payload, done }] of waiting.splice(0).entries()) {
      if (at < arrived) received.push(payload);
      done({ kind: 'pending' });
    }
  };
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const drain = async () => {
    for (let i = 0; i < 200 && outbox.report.pending > 0; i++) {
      await pass(50);
      acknowledge();
    }
  };
  const put = (from: number, to: number) => {
    for (const word of numbered(from, to)) outbox.put('t', word);
  };
  return { outbox, waiting, received, acknowledge, lose, drain, put, pass, disk, losses, folder };
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));
const segmentsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.events'));

test('while connected, messages go at once and in order', async () => {
  const { outbox, acknowledge, received } = await setUp();
  outbox.connected();
  for (const word of numbered(0, 100)) {
    outbox.put('t', word);
    acknowledge();
  }
  expect(received).toEqual(numbered(0, 100));
  expect(outbox.report).toEqual({
    ...{ produced: 100, delivered: 100, refused: 0, expired: 0, evicted: 0, pending: 0, inMemory: 0 },
    ...{ refusedFor: {}, evictedFor: {} },
  });
});

test('an outage is replayed in order at its rate; new messages wait their turn behind it', async () => {
  const { outbox, acknowledge, received, put, pass } = await setUp({ replayPerSecond: 100 });
  put(0, 500);
  outbox.connected();
  const perSecond: number[] = [];
  for (let tick = 0; tick < 60; tick++) {
    await pass(100);
    acknowledge();
    if (tick === 10) put(500, 501);
    if (tick % 10 === 9) perSecond.push(received.length);
  }
  expect(received).toEqual(numbered(0, 501));
  const steps = perSecond.map((count, i) => count - (perSecond[i - 1] ?? 0));
  expect(Math.max(...steps)).toBeLessThanOrEqual(106);
});

test('what was not acknowledged is sent again after a loss, nothing else', async () => {
  const { outbox, waiting, acknowledge, received, put, drain } = await setUp();
  outbox.connected();
  put(0, 5);
  acknowledge(2);
  const lost = [...waiting];
  outbox.disconnected();
  waiting.length = 0;
  outbox.connected();
  // Late answers of the old connection.
  for (const { done } of lost) done({ kind: 'delivered' });
  await drain();
  expect(received).toEqual(numbered(0, 5));
  expect(outbox.report).toMatchObject({ produced: 5, delivered: 5 });
});

test('answers out of order, and some that come before the message has left', async () => {
  const { outbox, waiting, received, acknowledge, lose, put, drain } = await setUp();
  outbox.connected();
  put(0, 4);
  waiting.splice(2, 1)[0]!.done({ kind: 'delivered' });
  expect(outbox.report).toMatchObject({ delivered: 1, pending: 3 });
  lose();
  outbox.connected();
  await drain();
  acknowledge();
  expect(received).toEqual(['0', '1', '3']);
  expect(outbox.report).toMatchObject({ produced: 4, delivered: 4, pending: 0 });
});

test('a broker that answers at once to thousands is no endless recursion', async () => {
  const { outbox, put, folder } = await setUp();
  put(0, 5000);
  await outbox.stop();
  const again = new Outbox({
    directory: folder,
    where: 'mqtt.outbox.directory',
    maxBytes: 1 << 20,
    send: (_topic, _payload, done) => done({ kind: 'refused', reason: 'too-large' }),
    now: () => ({ bootId: 'one', monotonicMs: Date.now() }),
    maxAgeMs: TWO_HOURS_MS,
    replayPerSecond: 1e9,
    onDisk: () => {},
    onLoss: () => {},
  });
  opened.push(again);
  await again.start(never);
  again.connected();
  await vi.advanceTimersByTimeAsync(1000);
  expect(again.report).toMatchObject({ produced: 5000, refused: 5000, refusedFor: { 'too-large': 5000 } });
});

test('refused ones are settled by their reason, and the rest goes on, over a start too', async () => {
  const first = await setUp();
  first.outbox.connected();
  for (let at = 0; at < 100; at++) {
    first.put(at, at + 1);
    const { payload, done } = first.waiting.shift()!;
    if (at % 3 !== 0) first.received.push(payload);
    done(at % 3 === 0 ? { kind: 'refused', reason: 'not-authorized' } : { kind: 'delivered' });
  }
  expect(first.received).toEqual(numbered(0, 100).filter((_, at) => at % 3 !== 0));
  await first.outbox.stop();
  const second = await setUp({ directory: first.folder });
  second.outbox.connected();
  second.put(100, 101);
  second.acknowledge();
  expect(second.received).toEqual(['100']);
  expect(second.outbox.report).toMatchObject({
    ...{ produced: 101, delivered: 67, refused: 34, pending: 0 },
    refusedFor: { 'not-authorized': 34 },
  });
});

test('too old when their turn comes', async () => {
  const { outbox, acknowledge, received, pass } = await setUp({ maxAgeMs: 1000 });
  outbox.put('t', 'old');
  await pass(2000);
  outbox.put('t', 'new');
  outbox.connected();
  await pass(200);
  acknowledge();
  expect(received).toEqual(['new']);
  expect(outbox.report).toMatchObject({ produced: 2, expired: 1, delivered: 1 });
});

test('a full space drops the oldest and counts them', async () => {
  const { outbox, received, put, drain } = await setUp({ maxBytes: 8000 });
  put(0, 1000);
  const { evictedFor, pending } = outbox.report;
  expect(evictedFor.space! + pending).toBe(1000);
  outbox.connected();
  await drain();
  expect(received).toEqual(numbered(1000 - received.length, 1000));
  expect(received.length).toBeGreaterThan(20);
  expect(outbox.report).toMatchObject({ produced: 1000, delivered: pending, evicted: 1000 - pending });
});

test('what is given up is told, once a minute at most, and what is left at the end', async () => {
  const first = await setUp({ maxBytes: 8000, maxAgeMs: 1000 });
  first.put(0, 100);
  const { evicted, pending } = first.outbox.report;
  await first.pass(2000);
  first.outbox.connected();
  await first.drain();
  await first.pass(50_000);
  expect(first.losses).toEqual([{ expired: 0, evicted }]);
  await first.pass(20_000);
  expect(first.losses.slice(1)).toEqual([{ expired: pending, evicted: 0 }]);
  first.outbox.put('t', 'x'.repeat(9000));
  await first.outbox.stop();
  expect(first.losses.slice(2)).toEqual([{ expired: 0, evicted: 1 }]);
  const second = await setUp({ directory: first.folder });
  await second.pass(70_000);
  expect(second.losses).toEqual([]);
});

test('a message that is larger than the whole space is counted, and costs no other', async () => {
  const { outbox, received, put, drain } = await setUp({ maxBytes: 2000 });
  put(0, 3);
  outbox.put('t', 'x'.repeat(3000));
  put(3, 5);
  outbox.connected();
  await drain();
  expect(received).toEqual(numbered(0, 5));
  expect(outbox.report).toMatchObject({ produced: 6, delivered: 5, evictedFor: { space: 1 } });
});

test('another start goes on where the last one was', async () => {
  const first = await setUp();
  first.put(0, 10);
  await first.outbox.stop();
  const second = await setUp({ directory: first.folder });
  expect(second.outbox.report).toMatchObject({ produced: 10, pending: 10 });
  second.outbox.connected();
  await second.drain();
  expect(second.received).toEqual(numbered(0, 10));
});

test('an outbox that is stopped before it was started leaves what an earlier one kept', async () => {
  const first = await setUp();
  first.outbox.connected();
  first.put(0, 4);
  first.acknowledge(3);
  await first.outbox.stop();
  const unused = new Outbox({
    directory: first.folder,
    where: 'mqtt.outbox.directory',
    maxBytes: 1 << 20,
    send: () => {},
    now: () => ({ bootId: 'one', monotonicMs: 0 }),
    maxAgeMs: TWO_HOURS_MS,
    replayPerSecond: 1,
    onDisk: (failure) => expect(failure).toBeUndefined(),
    onLoss: () => {},
  });
  await unused.stop();
  await expect(unused.start(never)).rejects.toThrow();
  const { outbox } = await setUp({ directory: first.folder });
  expect(outbox.report).toMatchObject({ produced: 4, delivered: 3, pending: 1 });
});

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test.each<[string, { made: Moment; now: Moment; expired: number }]>([
  [
    'a clock five days behind that is set meanwhile says nothing within one start of the machine',
    {
      made: { bootId: 'one', monotonicMs: 1000 },
      now: { bootId: 'one', monotonicMs: 4000, wallMs: 5 * DAY_MS },
      expired: 0,
    },
  ],
  [
    'three hours by the monotonic clock are three hours',
    {
      made: { bootId: 'one', monotonicMs: 1000, wallMs: 9 * DAY_MS },
      now: { bootId: 'one', monotonicMs: 1000 + 3 * HOUR_MS, wallMs: DAY_MS },
      expired: 1,
    },
  ],
  [
    'over a start of the machine a clock that was right both times is believed',
    {
      made: { bootId: 'one', monotonicMs: 1000, wallMs: DAY_MS },
      now: { bootId: 'two', monotonicMs: 1000, wallMs: DAY_MS + 3 * HOUR_MS },
      expired: 1,
    },
  ],
  [
    'one that was not right when the message was made is not',
    {
      made: { bootId: 'one', monotonicMs: 1000 },
      now: { bootId: 'two', monotonicMs: 1000, wallMs: 9 * DAY_MS },
      expired: 0,
    },
  ],
  [
    'one that is not known to be right now is not',
    {
      made: { bootId: 'one', monotonicMs: 1000, wallMs: DAY_MS },
      now: { bootId: 'two', monotonicMs: 1000 },
      expired: 0,
    },
  ],
  [
    'a message of an earlier start is at least as old as this one',
    {
      made: { bootId: 'one', monotonicMs: 1000 },
      now: { bootId: 'two', monotonicMs: 3 * HOUR_MS },
      expired: 1,
    },
  ],
])('%s', async (_, { made, now, expired }) => {
  const first = await setUp({ now: () => made });
  first.put(0, 1);
  await first.outbox.stop();
  const second = await setUp({ directory: first.folder, now: () => now });
  second.outbox.connected();
  second.acknowledge();
  expect(second.outbox.report).toMatchObject({ produced: 1, expired, delivered: 1 - expired });
});

test('the ages of a long run are those of the monotonic clock, however the other one is stepped', async () => {
  let monotonicMs = 0;
  let wallMs = 100 * DAY_MS;
  const { outbox, put, received, acknowledge } = await setUp({
    now: () => ({ bootId: 'one', monotonicMs, wallMs }),
    maxAgeMs: HOUR_MS,
  });
  put(0, 10);
  monotonicMs += 0.9 * HOUR_MS;
  for (const days of [-10, 10, 10]) {
    wallMs += days * DAY_MS;
    outbox.connected();
    outbox.disconnected();
  }
  outbox.connected();
  acknowledge();
  expect(received.length).toBeGreaterThan(0);
  expect(outbox.report.expired).toBe(0);
});

describe.each(['the first byte', 'the middle of a record', 'a new file', 'to be written'])(
  'a disk that refuses %s',
  (what) => {
    /** More than a segment takes, so that a file is begun for it. */
    const long = (number: number) => `${number} ${'x'.repeat(1200)}`;
    const filled = async () => {
      const all = await setUp({ maxBytes: 8000 });
      all.put(0, 200);
      expect(all.outbox.report.evictedFor.space).toBeGreaterThan(0);
      disk.refuses = what;
      return all;
    };

    test('is told once, and once that it has worked again for a while', async () => {
      const { outbox, disk: told, pass, put } = await filled();
      for (let i = 0; i < 5; i++) {
        outbox.put('t', long(i));
        await pass(1000);
      }
      expect(told).toHaveLength(1);
      disk.refuses = undefined;
      put(200, 210);
      await pass(5000);
      expect(told).toHaveLength(1);
      await pass(10_000);
      expect(told).toEqual([expect.stringMatching(/ENOSPC|EROFS/), undefined]);
    });

    test('loses nothing uncounted: what it refuses waits in memory, in order', async () => {
      const { outbox, acknowledge, received, drain } = await filled();
      const { pending } = outbox.report;
      for (let i = 200; i < 205; i++) outbox.put('t', long(i));
      expect(outbox.report).toMatchObject({ produced: 205, inMemory: 5 });
      outbox.connected();
      acknowledge();
      await drain();
      const { evicted, delivered } = outbox.report;
      expect(delivered + evicted).toBe(205);
      expect(delivered).toBeGreaterThanOrEqual(pending - 40);
      expect(received.map((text) => Number(text.split(' ')[0]))).toEqual(
        numbered(205 - received.length, 205).map(Number),
      );
    });

    test('and has it all once it works again, before a crash', async () => {
      const { outbox, pass, folder } = await filled();
      for (let i = 200; i < 203; i++) outbox.put('t', long(i));
      disk.refuses = undefined;
      await pass(3000);
      expect(outbox.report.inMemory).toBe(0);
      const { report } = outbox;
      await outbox.stop();
      const again = await setUp({ directory: folder, maxBytes: 8000 });
      expect(again.outbox.report).toEqual(report);
      again.outbox.connected();
      await again.drain();
      expect(again.received.at(-1)).toBe(long(202));
      expect(again.outbox.report).toMatchObject({ produced: 203, pending: 0 });
    });
  },
);

test('memory is bounded while the disk refuses, and what is left of it at the end is counted', async () => {
  const first = await setUp();
  first.put(0, 10);
  disk.refuses = 'the first byte';
  for (let i = 10; i < 3010; i++) first.outbox.put('t', `${i} ${'x'.repeat(1000)}`);
  const { inMemory, evicted } = first.outbox.report;
  expect(inMemory).toBeLessThan(1000);
  expect(evicted).toBe(3000 - inMemory);
  await first.outbox.stop();
  disk.refuses = undefined;
  const second = await setUp({ directory: first.folder });
  second.outbox.connected();
  await second.drain();
  expect(second.received).toEqual(numbered(0, 10));
  expect(second.outbox.report).toMatchObject({ produced: 3010, evictedFor: { disk: 3000 }, pending: 0 });
});

test('a disk that gives nothing back for a while keeps what it has; for half a minute, it is counted', async () => {
  const first = await setUp();
  first.put(0, 5);
  await first.outbox.stop();
  const { outbox, received, drain, pass, disk: told } = await setUp({ directory: first.folder });
  disk.refuses = 'to be read';
  outbox.connected();
  await pass(10_000);
  expect(outbox.report).toMatchObject({ pending: 5, evicted: 0 });
  disk.refuses = undefined;
  await pass(1000);
  await drain();
  expect(received).toEqual(numbered(0, 5));
  expect(told[0]).toBe('EIO');
  expect(outbox.report).toMatchObject({ delivered: 5, evicted: 0 });
});

test('a folder that is removed while it is used', async () => {
  const { outbox, put, folder, pass, drain, received, disk: told } = await setUp();
  put(0, 10);
  rmSync(folder, { recursive: true });
  put(10, 20);
  await pass(3000);
  put(20, 30);
  outbox.connected();
  await drain();
  expect(received).toEqual(numbered(10, 30));
  expect(outbox.report).toMatchObject({ produced: 30, delivered: 20, evictedFor: { disk: 10 }, inMemory: 0 });
  expect(told[0]).toMatch('was removed');
});

test('a folder that comes late: what it holds goes first, and both are counted', async () => {
  const first = await setUp();
  first.put(0, 10);
  first.outbox.connected();
  await first.pass(50);
  first.acknowledge(3);
  await first.outbox.stop();

  const place = mkdtempSync(join(tmpdir(), 'mount-'));
  const directory = join(place, 'card/outbox');
  writeFileSync(join(place, 'card'), 'not mounted yet');
  const second = await setUp({ directory });
  second.put(100, 105);
  second.outbox.connected();
  await second.pass(50);
  second.acknowledge(2);
  second.lose();
  second.put(105, 108);
  expect(second.outbox.report).toMatchObject({ produced: 8, delivered: 2, pending: 6, inMemory: 6 });
  rmSync(join(place, 'card'));
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(first.folder))
    writeFileSync(join(directory, name), readFileSync(join(first.folder, name)));
  await vi.waitFor(async () => {
    await second.pass(1000);
    expect(second.outbox.report.inMemory).toBe(0);
  });
  expect(second.outbox.report).toMatchObject({ produced: 18, delivered: 5, pending: 13 });
  second.outbox.connected();
  await second.drain();
  expect(second.received).toEqual([...numbered(100, 102), ...numbered(3, 10), ...numbered(102, 108)]);
});

test('a second one on the same folder, by another path', async () => {
  const { folder } = await setUp();
  await expect(setUp({ directory: `${folder}/../${folder.split('/').at(-1)}` })).rejects.toThrow(
    /^expected a folder that no other agent uses for mqtt\.outbox\.directory, received .*, which another cspcam uses$/,
  );
});

test('an agent that the lock does not see takes the folder: ours leaves it, says so once, and goes on', async () => {
  const { outbox, put, folder, pass, disk: told, drain, received } = await setUp();
  put(0, 5);
  await pass(1000);
  const other = new StateFile(folder);
  const found = other.load()!;
  other.save(found);
  await pass(3000);
  put(5, 8);
  other.save(found);
  await pass(3000);
  expect(told).toEqual([expect.stringMatching(/^expected a folder that no other agent uses for .*state/)]);
  expect(other.load()).toMatchObject(found);
  outbox.connected();
  await drain();
  expect(received).toEqual(numbered(5, 8));
  expect(outbox.report).toMatchObject({ produced: 8, delivered: 3, evictedFor: { disk: 5 }, pending: 0 });
});

test('a crash while space is made: what went is counted, what stayed is there', async () => {
  const first = await setUp({ maxBytes: 8000 });
  first.put(0, 60);
  disk.refuses = 'to be written';
  first.put(60, 90);
  disk.refuses = undefined;
  // As a crash leaves it: nothing is saved at the end.
  const folder = mkdtempSync(join(tmpdir(), 'outbox-'));
  for (const name of readdirSync(first.folder))
    writeFileSync(join(folder, name), readFileSync(join(first.folder, name)));
  const second = await setUp({ directory: folder, maxBytes: 8000 });
  expect(second.outbox.report).toMatchObject({ produced: 60 });
  second.outbox.connected();
  await second.drain();
  const { delivered, evicted, pending } = second.outbox.report;
  expect([delivered + evicted, pending]).toEqual([60, 0]);
  expect(second.received).toEqual(numbered(60 - delivered, 60));
});

test.each([1, 2, 3])(
  'a flipped bit at any place costs one record at most, and is counted (seed %i)',
  async (seed) => {
    const next = random(seed);
    const first = await setUp({ maxBytes: 40_000 });
    first.put(0, 100);
    await first.outbox.stop();
    for (let round = 0; round < 40; round++) {
      const folder = mkdtempSync(join(tmpdir(), 'outbox-'));
      for (const name of readdirSync(first.folder))
        writeFileSync(join(folder, name), readFileSync(join(first.folder, name)));
      const names = segmentsIn(folder);
      const file = join(folder, names[Math.floor(next() * names.length)]!);
      const bytes = readFileSync(file);
      const at = Math.floor(next() * bytes.length);
      bytes[at]! ^= 1 << Math.floor(next() * 8);
      writeFileSync(file, bytes);
      const again = await setUp({ directory: folder, maxBytes: 40_000 });
      again.outbox.connected();
      await again.drain();
      expect(again.outbox.report, `byte ${at} of ${file}`).toMatchObject({
        ...{ produced: 100, delivered: 99, pending: 0 },
        evictedFor: { damaged: 1 },
      });
      await again.outbox.stop();
    }
  },
);

test.each([1, 2, 3])(
  'random outages, losses and acknowledgements, seed %i: in order, and the counters add up',
  async (seed) => {
    const next = random(seed);
    const { outbox, received, acknowledge, lose, pass } = await setUp({
      maxBytes: 40_000,
      replayPerSecond: 200,
    });
    let produced = 0;
    for (let step = 0; step < 3000; step++) {
      const choice = next();
      if (choice < 0.5) outbox.put('t', String(produced++));
      else if (choice < 0.8) acknowledge(Math.ceil(next() * 4));
      else if (choice < 0.83) lose(Math.floor(next() * 3));
      else if (choice < 0.88) {
        lose(Math.floor(next() * 3));
        outbox.connected();
      } else await pass(next() * 200);
      const { delivered, refused, expired, evicted, pending } = outbox.report;
      expect(delivered + refused + expired + evicted + pending).toBe(produced);
    }
    const firstTimes = received.map(Number).filter((value, i, all) => all.indexOf(value) === i);
    expect(firstTimes).toEqual(firstTimes.toSorted((a, b) => a - b));
    expect(received.length).toBeGreaterThan(500);
  },
);
