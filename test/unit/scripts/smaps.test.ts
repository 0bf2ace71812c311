// What Linux says of mappings -> kinds of memory; sums against the kernel's own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { aloneBytes, byKind, parseSmaps } from '../../../scripts/bench/memory/smaps.js';

/** Kilobytes of a mapping of 8 MB: proportional, resident, written to. */
const mapping = (start: string, permissions: string, name: string, pss: number, rss: number, own: number) =>
  `${start}-${start.slice(0, -6)}800000 ${permissions} 00000000 fe:00 123   ${name}\nSize: 8192 kB\nRss: ${rss} kB\nPss: ${pss} kB\nPss_Dirty: 7 kB\nAnonymous: ${own} kB\nVmFlags: rd mr\n`;

const text = [
  mapping('555555000000', 'r-xp', '/usr/bin/node', 10, 40, 0),
  mapping('555560000000', 'rw-p', '[heap]', 11, 11, 11),
  mapping('7f0000000000', 'rw-p', '', 12, 12, 12),
  mapping('7f0010000000', 'rw-p', '/usr/lib/libc.so.6', 13, 13, 5),
  mapping('7f0020000000', 'r-xp', '/a b/libonnxruntime.so.1', 14, 28, 0),
  mapping('1aff55000000', 'rw-p', '', 15, 15, 15),
  mapping('1aff56000000', 'rwxp', '', 16, 16, 16),
  mapping('7ffe00000000', 'rw-p', '[stack]', 17, 17, 17),
].join('');

test('kinds are told by file, address and permission', () => {
  const kB = Object.entries(byKind(parseSmaps(text))).map(([kind, bytes]) => [kind, bytes / 1024]);
  expect(Object.fromEntries(kB)).toEqual({
    v8: 15,
    code: 16,
    malloc: 11 + 12 + 17,
    relocated: 5,
    node: 10,
    onnxruntime: 14,
    files: 8,
  });
});

test('alone, pages of files count once and what was written for each process', () => {
  const one = parseSmaps(text);
  const own = 11 + 12 + 5 + 15 + 16 + 17;
  const files = 40 + 8 + 28;
  expect(aloneBytes([one]) / 1024).toBe(own + files);
  expect(aloneBytes([one, one]) / 1024).toBe(2 * own + files);
});

test.runIf(process.platform === 'linux')('the sum is what the kernel says of a process', async () => {
  const child = spawn('sleep', ['60']);
  try {
    await once(child, 'spawn');
    const read = (name: string) => readFileSync(`/proc/${child.pid}/${name}`, 'utf8');
    // Until it has loaded all that it needs.
    while (!read('cmdline').startsWith('sleep') || read('stat').split(' ')[2] !== 'S') await wait(5);
    const mappings = parseSmaps(read('smaps'));
    const rolledUp = (key: string) =>
      1024 * Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(read('smaps_rollup'))![1]);
    const sum = (key: 'residentBytes' | 'anonymousBytes') => mappings.reduce((all, one) => all + one[key], 0);
    expect(sum('residentBytes')).toBe(rolledUp('Rss'));
    expect(sum('anonymousBytes')).toBe(rolledUp('Anonymous'));
    const kinds = Object.values(byKind(mappings)).reduce((all, bytes) => all + bytes, 0);
    // Rounded for each mapping, and others may come and go that share a page.
    expect(kinds / rolledUp('Pss')).toBeCloseTo(1, 0);
  } finally {
    child.kill();
  }
});
