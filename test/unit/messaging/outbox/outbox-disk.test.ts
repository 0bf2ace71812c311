// An outbox and a disk that refuses, loses or spoils what it is given -> what is sent and what is counted all the same.

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { StateFile } from '../../../../agent/messaging/outbox/state-file.js';
import { numbered, startOutbox, stopOutboxes } from '../../../support/hand-driven-outbox.js';
import { random } from '../../../support/small-networks.js';

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

afterEach(() => {
  disk.refuses = undefined;
});
stopOutboxes();

const segmentsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.events'));

describe.each(['the first byte', 'the middle of a record', 'a new file', 'to be written'])(
  'a disk that refuses %s',
  (what) => {
    /** More than a segment takes, so that a file is begun for it. */
    const long = (number: number) => `${number} ${'x'.repeat(1200)}`;
    const filled = async () => {
      const all = await startOutbox({ maxBytes: 8000 });
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
      const again = await startOutbox({ directory: folder, maxBytes: 8000 });
      expect(again.outbox.report).toEqual(report);
      again.outbox.connected();
      await again.drain();
      expect(again.received.at(-1)).toBe(long(202));
      expect(again.outbox.report).toMatchObject({ produced: 203, pending: 0 });
    });
  },
);

test('memory is bounded while the disk refuses, and what is left of it at the end is counted', async () => {
  const first = await startOutbox();
  first.put(0, 10);
  disk.refuses = 'the first byte';
  for (let i = 10; i < 3010; i++) first.outbox.put('t', `${i} ${'x'.repeat(1000)}`);
  const { inMemory, evicted } = first.outbox.report;
  expect(inMemory).toBeLessThan(1000);
  expect(evicted).toBe(3000 - inMemory);
  await first.outbox.stop();
  disk.refuses = undefined;
  const second = await startOutbox({ directory: first.folder });
  second.outbox.connected();
  await second.drain();
  expect(second.received).toEqual(numbered(0, 10));
  expect(second.outbox.report).toMatchObject({ produced: 3010, evictedFor: { disk: 3000 }, pending: 0 });
});

test('a disk that gives nothing back for a while keeps what it has; for half a minute, it is counted', async () => {
  const first = await startOutbox();
  first.put(0, 5);
  await first.outbox.stop();
  const { outbox, received, drain, pass, disk: told } = await startOutbox({ directory: first.folder });
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
  const { outbox, put, folder, pass, drain, received, disk: told } = await startOutbox();
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
  const first = await startOutbox();
  first.put(0, 10);
  first.outbox.connected();
  await first.pass(50);
  first.acknowledge(3);
  await first.outbox.stop();

  const place = mkdtempSync(join(tmpdir(), 'mount-'));
  const directory = join(place, 'card/outbox');
  writeFileSync(join(place, 'card'), 'not mounted yet');
  const second = await startOutbox({ directory });
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

test('a folder that comes late: what an earlier run lost, and told, is not told again', async () => {
  const place = mkdtempSync(join(tmpdir(), 'mount-'));
  const [card, away] = [join(place, 'card'), join(place, 'away')];
  const start = () => startOutbox({ directory: join(card, 'outbox'), maxAgeMs: 1000 });
  const first = await start();
  first.put(0, 5);
  await first.pass(5000);
  first.outbox.connected();
  await first.outbox.stop();
  expect(first.losses).toEqual([{ expired: 5, evicted: 0 }]);

  renameSync(card, away);
  writeFileSync(card, 'not mounted yet');
  const second = await start();
  rmSync(card);
  renameSync(away, card);
  await vi.waitFor(async () => {
    await second.pass(1000);
    expect(second.outbox.report.expired).toBe(5);
  });
  second.put(5, 7);
  await second.pass(5000);
  second.outbox.connected();
  await second.outbox.stop();
  expect(second.outbox.report.expired).toBe(7);
  expect(second.losses).toEqual([{ expired: 2, evicted: 0 }]);
});

test('a second one on the same folder, by another path', async () => {
  const { folder } = await startOutbox();
  await expect(startOutbox({ directory: `${folder}/../${folder.split('/').at(-1)}` })).rejects.toThrow(
    /^expected a folder that no other agent uses for mqtt\.outbox\.directory, received .*, which another cspcam uses$/,
  );
});

test('an agent that the lock does not see takes the folder: ours leaves it, says so once, and goes on', async () => {
  const { outbox, put, folder, pass, disk: told, drain, received } = await startOutbox();
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
  const first = await startOutbox({ maxBytes: 8000 });
  first.put(0, 60);
  disk.refuses = 'to be written';
  first.put(60, 90);
  disk.refuses = undefined;
  // As a crash leaves it: nothing is saved at the end.
  const folder = mkdtempSync(join(tmpdir(), 'outbox-'));
  for (const name of readdirSync(first.folder))
    writeFileSync(join(folder, name), readFileSync(join(first.folder, name)));
  const second = await startOutbox({ directory: folder, maxBytes: 8000 });
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
    const first = await startOutbox({ maxBytes: 40_000 });
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
      const again = await startOutbox({ directory: folder, maxBytes: 40_000 });
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

test('a move to a disk that does not take it is not all of it, so that the folder before stays', async () => {
  const before = await startOutbox();
  before.put(0, 10);
  const after = await startOutbox();
  disk.refuses = 'the first byte';
  expect(after.outbox.takeOver(before.outbox)).toBe(false);
  expect(after.outbox.report).toMatchObject({ produced: 10, pending: 10, inMemory: 10 });
});
