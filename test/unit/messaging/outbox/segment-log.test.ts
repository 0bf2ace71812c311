// Records -> files and back: random use against a list in memory, and damage at every byte.

import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SegmentLog } from '../../../../agent/messaging/outbox/segment-log.js';
import { random } from '../../../support/small-networks.js';

const folder = () => mkdtempSync(join(tmpdir(), 'outbox-'));
const text = (log: SegmentLog, index: number) => log.read(index)?.bytes.toString();

function opened(directory: string, maxBytes = 1 << 20): SegmentLog {
  const log = new SegmentLog({ directory, maxBytes });
  log.open();
  return log;
}

const logsIn = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(directory, name));

test('records are there again after a start, from the cursor on', () => {
  const directory = folder();
  const log = opened(directory);
  for (const word of ['a', 'b', 'c']) log.append(Buffer.from(word));
  expect(log.cursor).toBe(0);
  log.advance(1);
  log.saveCursor();
  log.close();
  const again = opened(directory);
  expect([again.cursor, again.end, text(again, 1), text(again, 2), text(again, 3)]).toEqual([
    1,
    3,
    'b',
    'c',
    undefined,
  ]);
  again.append(Buffer.from('d'));
  expect(text(again, 3)).toBe('d');
});

test('a folder that was emptied goes on counting from its cursor', () => {
  const directory = folder();
  const log = opened(directory, 800);
  for (let i = 0; i < 40; i++) log.append(Buffer.alloc(50, i));
  log.advance(40);
  log.saveCursor();
  log.close();
  for (const file of logsIn(directory)) truncateSync(file, 0);
  const again = opened(directory, 800);
  expect(again.cursor).toBe(again.end);
  again.append(Buffer.from('x'));
  expect(text(again, again.cursor)).toBe('x');
});

test.each([1, 2, 3, 4])('random use, seed %i: what is wanted is there, in bounded space', (seed) => {
  const next = random(seed);
  const directory = folder();
  const maxBytes = 4000;
  let log = opened(directory, maxBytes);
  const records: string[] = [];
  let cursor = 0;
  for (let step = 0; step < 2000; step++) {
    const choice = next();
    if (choice < 0.6) {
      const record = `${records.length} ${'x'.repeat(next() * 200)}`;
      log.append(Buffer.from(record));
      records.push(record);
      // For one record no more goes than a segment, an eighth of the space, of records of 10 bytes and more.
      expect(log.cursor - cursor).toBeLessThanOrEqual(50);
      cursor = log.cursor;
    } else if (choice < 0.9) {
      cursor = Math.min(records.length, cursor + Math.floor(next() * 5));
      log.advance(cursor);
    } else if (choice < 0.95) {
      log.saveCursor();
      log.close();
      log = opened(directory, maxBytes);
    }
    expect([log.cursor, log.end]).toEqual([cursor, records.length]);
    const index = cursor + Math.floor(next() * (records.length - cursor + 1));
    expect(text(log, index)).toBe(records[index]);
    expect(logsIn(directory).reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThanOrEqual(
      maxBytes,
    );
  }
});

test('a file cut at any byte keeps every whole record, and takes new ones', () => {
  const directory = folder();
  const log = opened(directory);
  const words = ['one', 'two', 'three'];
  for (const word of words) log.append(Buffer.from(word));
  log.close();
  const [file] = logsIn(directory);
  const whole = readFileSync(file!);
  const ends = [11, 22, 35];
  for (let bytes = 0; bytes <= whole.length; bytes++) {
    writeFileSync(file!, whole.subarray(0, bytes));
    const cut = opened(directory);
    const kept = ends.filter((end) => end <= bytes).length;
    expect(cut.end).toBe(kept);
    expect(words.slice(0, kept).map((_, i) => text(cut, i))).toEqual(words.slice(0, kept));
    cut.append(Buffer.from('new'));
    expect(text(cut, kept)).toBe('new');
    cut.close();
  }
});

test.each([0, 4, 9, 12, 20])('a changed byte at %i is noticed', (at) => {
  const directory = folder();
  const log = opened(directory);
  for (const word of ['one', 'two']) log.append(Buffer.from(word));
  log.close();
  const [file] = logsIn(directory);
  const bytes = readFileSync(file!);
  bytes[at]! ^= 0x41;
  writeFileSync(file!, bytes);
  const again = opened(directory);
  const words = Array.from({ length: again.end }, (_, i) => text(again, i));
  expect(words).toEqual(['one', 'two'].slice(0, words.length));
  expect(words.length).toBeLessThan(2);
});

test('rubbish behind the records and a rubbish cursor do no harm', () => {
  const directory = folder();
  const log = opened(directory);
  log.append(Buffer.from('one'));
  log.close();
  appendFileSync(logsIn(directory)[0]!, Buffer.alloc(100, 0xff));
  writeFileSync(join(directory, 'cursor'), 'rubbish');
  const again = opened(directory);
  expect([again.cursor, again.end, text(again, 0)]).toEqual([0, 1, 'one']);
});

test('a record longer than a chunk', () => {
  const log = opened(folder(), 1 << 22);
  const long = Buffer.alloc(300_000, 'x');
  log.append(Buffer.from('a'));
  log.append(long);
  log.append(Buffer.from('b'));
  expect(log.read(1)?.bytes.equals(long)).toBe(true);
  expect(text(log, 2)).toBe('b');
});
