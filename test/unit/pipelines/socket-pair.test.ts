// Bytes written to one socket -> the listener of the other, in one piece of memory; no folder is left.

import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { socketPair } from '../../../pipelines/capture/socket-pair.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'socket-pair-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

test('a megabyte arrives as it was sent, always in the same memory', async () => {
  const sent = Buffer.from(Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 31) >> 3));
  const received: Buffer[] = [];
  const memories = new Set<ArrayBufferLike>();
  const { ours, theirs } = await socketPair((bytes) => {
    received.push(Buffer.from(bytes));
    memories.add(bytes.buffer);
  });
  expect(await readdir(folder)).toEqual([]);
  theirs.end(sent);
  await once(ours, 'close');
  expect(Buffer.concat(received).equals(sent)).toBe(true);
  expect(received.length).toBeGreaterThan(1);
  expect(memories.size).toBe(1);
});

test('a paused socket holds the writer back', async () => {
  let count = 0;
  const { ours, theirs } = await socketPair((bytes) => {
    count += bytes.length;
  });
  ours.pause();
  theirs.end(Buffer.alloc(1 << 21));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(count).toBeLessThan(1 << 21);
  ours.resume();
  await once(ours, 'close');
  expect(count).toBe(1 << 21);
});

test.each([
  ['is not there', 'missing', false],
  ['has too long a name', 'no-socket-has-such-a-name'.repeat(6), true],
])('a folder for temporary files that %s', async (_, name, exists) => {
  const temporary = join(folder, name);
  if (exists) await mkdir(temporary);
  await expect(socketPair(() => {}, [temporary])).rejects.toThrow(
    `expected a folder that can hold a socket for TMPDIR, received ${temporary}`,
  );
  if (exists) expect(await readdir(temporary)).toEqual([]);
  // Another takes its place.
  vi.stubEnv('TMPDIR', temporary);
  vi.stubEnv('XDG_RUNTIME_DIR', folder);
  const { ours, theirs } = await socketPair(() => {});
  theirs.destroy();
  await once(ours, 'close');
  expect(await readdir(folder)).toEqual(exists ? [name] : []);
});
