// Records -> files and back: random use against a list in memory, and damage at every byte.

import { appendFileSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HEAD_BYTES } from '../../../../agent/messaging/outbox/records.js';
import { SegmentLog } from '../../../../agent/messaging/outbox/segment-log.js';
import { random } from '../../../support/small-networks.js';

const folder = () => mkdtempSync(join(tmpdir(), 'outbox-'));
const text = (log: SegmentLog, index: number) => log.read(index).toString();

function opened(directory: string, maxBytes = 1 << 20): { log: SegmentLog; end: number } {
  const log = new SegmentLog({ directory, maxBytes });
  return { log, end: log.open() };
}

/** A folder with these words as its records, from 0. */
function filled(words: readonly string[]): string {
  const directory = folder();
  const { log } = opened(directory);
  for (const [index, word] of words.entries()) log.append(index, Buffer.from(word));
  log.close();
  return directory;
}

const filesIn = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.events'))
    .sort()
    .map((name) => join(directory, name));

test('records are there again after a start, and more come behind them', () => {
  const { log, end } = opened(filled(['a', 'b', 'c']));
  expect([end, text(log, 1), text(log, 2), text(log, 3), text(log, 0)]).toEqual([3, 'b', 'c', 'absent', 'a']);
  log.append(3, Buffer.from('d'));
  expect(text(log, 3)).toBe('d');
});

test('numbers may be left out', () => {
  const { log } = opened(folder());
  for (const index of [3, 4, 9]) log.append(index, Buffer.from(String(index)));
  expect([2, 3, 5, 9, 10].map((index) => text(log, index))).toEqual(['absent', '3', 'absent', '9', 'absent']);
});

test.each([1, 2, 3, 4])('random use, seed %i: what is wanted is there, in bounded space', (seed) => {
  const next = random(seed);
  const directory = folder();
  const maxBytes = 8000;
  let { log } = opened(directory, maxBytes);
  const records: string[] = [];
  let cursor = 0;
  for (let step = 0; step < 2000; step++) {
    const choice = next();
    if (choice < 0.6) {
      const record = `${records.length} ${'x'.repeat(next() * 200)}`;
      while (log.isFullFor(record.length)) {
        cursor = Math.max(cursor, log.oldestEnd!);
        log.removeOldest();
      }
      log.append(records.length, Buffer.from(record));
      records.push(record);
    } else if (choice < 0.9) {
      cursor = Math.min(records.length, cursor + Math.floor(next() * 5));
      log.removeBelow(cursor);
    } else if (choice < 0.95) {
      log.close();
      const again = opened(directory, maxBytes);
      log = again.log;
      expect(again.end).toBe(records.length);
    }
    const index = cursor + Math.floor(next() * (records.length - cursor + 1));
    expect(text(log, index)).toBe(records[index] ?? 'absent');
    expect(filesIn(directory).reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThanOrEqual(
      maxBytes,
    );
  }
});

test('a file cut at any byte keeps every whole record, counts the one that is cut, and takes new ones', () => {
  const words = ['one', 'two', 'three'];
  const whole = readFileSync(filesIn(filled(words))[0]!);
  const ends = [0, 3, 6, 11].map((letters, records) => letters + records * HEAD_BYTES);
  for (let bytes = 0; bytes <= whole.length; bytes++) {
    const directory = folder();
    writeFileSync(join(directory, '0000000000000000.events'), whole.subarray(0, bytes));
    const { log, end } = opened(directory);
    const kept = ends.filter((at) => at <= bytes).length - 1;
    expect([bytes, end]).toEqual([bytes, kept + Number(!ends.includes(bytes))]);
    expect(words.map((_, i) => text(log, i))).toEqual(
      words.map((word, i) => (i < kept ? word : i < end ? 'damaged' : 'absent')),
    );
    log.append(end, Buffer.from('new'));
    log.close();
    const again = opened(directory);
    expect([again.end, text(again.log, end)]).toEqual([end + 1, 'new']);
  }
});

test('a changed bit at any place costs the record it is in and no other', () => {
  const words = ['one', 'two', 'three', 'four'];
  const whole = readFileSync(filesIn(filled(words))[0]!);
  let offset = 0;
  for (const [hit, word] of words.entries()) {
    for (let at = offset; at < offset + HEAD_BYTES + word.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 1 << (at % 8);
      const directory = folder();
      writeFileSync(join(directory, '0000000000000000.events'), bytes);
      const { log, end } = opened(directory);
      expect([at, end, ...words.map((_, i) => text(log, i))]).toEqual([
        at,
        words.length,
        ...words.map((kept, i) => (i === hit ? 'damaged' : kept)),
      ]);
    }
    offset += HEAD_BYTES + word.length;
  }
});

test('rubbish behind the records counts as one', () => {
  const directory = filled(['one']);
  appendFileSync(filesIn(directory)[0]!, Buffer.alloc(100, 0xff));
  const { log, end } = opened(directory);
  expect([end, text(log, 0), text(log, 1), text(log, 2)]).toEqual([2, 'one', 'damaged', 'absent']);
});

test('a record longer than a chunk', () => {
  const { log } = opened(folder(), 1 << 22);
  const long = Buffer.alloc(300_000, 'x');
  log.append(0, Buffer.from('a'));
  log.append(1, long);
  log.append(2, Buffer.from('b'));
  expect(text(log, 1) === long.toString()).toBe(true);
  expect(text(log, 2)).toBe('b');
});
