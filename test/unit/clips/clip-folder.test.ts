// A thousand clips, a crash, a full disk -> what is in the folder.

import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type ClipFile, ClipFolder, NoRoomError } from '../../../agent/clips/clip-folder.js';
import { seededRandom } from '../../../models/networks/random.js';
import { smallDisk } from '../../support/small-disk.js';

const disk = smallDisk('200k');
const BLOCK = 4096;
const AT_MS = Date.parse('2026-01-02T03:04:05.678Z');

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'clip-folder-')), 'clips');
});

function clipFolder(maximumBytes = 1e6, at = folder) {
  const told: (string | undefined)[] = [];
  const leftOut: unknown[] = [];
  const clips = new ClipFolder({
    folder: at,
    maximumBytes: () => maximumBytes,
    onDisk: (failure) => told.push((failure as NodeJS.ErrnoException | undefined)?.code),
    onLeftOut: (name, error) => leftOut.push([name, (error as NodeJS.ErrnoException).code]),
  });
  return { clips, told, leftOut };
}

/** A box of an MP4. */
function box(kind: string, bytes: number): Buffer {
  const made = Buffer.alloc(bytes);
  made.writeUInt32BE(bytes, 0);
  made.write(kind, 4, 'latin1');
  return made;
}
const HEAD = Buffer.concat([box('ftyp', 32), box('moov', 600)]);
const fragment = (bytes: number) => Buffer.concat([box('moof', 100), box('mdat', bytes - 100)]);

async function onDisk(at = folder): Promise<{ names: string[]; bytes: number }> {
  const names = (await readdir(at)).toSorted();
  const stats = await Promise.all(names.map((name) => stat(join(at, name))));
  return { names, bytes: stats.reduce((sum, { size }) => sum + Math.ceil(size / BLOCK) * BLOCK, 0) };
}

async function write(
  clips: ClipFolder,
  camera: string,
  fragments: readonly number[],
  atMs = AT_MS,
): Promise<ClipFile> {
  const file = await clips.create(camera, atMs);
  await file.append(HEAD);
  for (const bytes of fragments) await file.append(fragment(bytes));
  return file;
}

test('a thousand clips, two at a time: never more than may be, the oldest first, whatever the clock says', async () => {
  const most = 400_000;
  const { clips, told } = clipFolder(most);
  await clips.start();
  const random = seededRandom(7);
  const kept: string[] = [];
  for (let i = 0; i < 500; i++) {
    // The clock jumps about by years.
    const files = await Promise.all(
      ['door', 'yard-2'].map((camera) => clips.create(camera, AT_MS + (random() - 0.5) * 1e11)),
    );
    for (const file of files) await file.append(HEAD);
    for (let part = 0; part < 5; part++)
      for (const file of files) {
        await file.append(fragment(200 + Math.floor(random() * 15_000)));
        if (i % 20 === 0) expect((await onDisk()).bytes).toBeLessThanOrEqual(most);
      }
    for (const file of files) kept.push((await file.end())!.file);
    expect(clips.report.bytes).toBeLessThanOrEqual(most);
  }
  const { names, bytes } = await onDisk();
  expect(bytes).toBeLessThanOrEqual(most);
  expect(bytes).toBe(clips.report.bytes);
  // No more were given up than had to be: one is 80 kB at the most.
  expect(bytes).toBeGreaterThan(most - 2 * 80_000);
  expect(names).toEqual(kept.slice(-names.length).toSorted());
  expect(new Set(kept).size).toBe(1000);
  expect(told).toEqual([]);
});

test('names count on over a start, and what is not ours is left alone', async () => {
  const { clips } = clipFolder();
  const first = (await (await write(clips, 'door', [5000])).end())!;
  expect(first.file).toBe('door-20260102T030405Z-000001.mp4');
  expect(first.bytes).toBe(HEAD.length + 5000);
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await writeFile(join(folder, 'door.mp4'), 'mine');
  await mkdir(join(folder, 'album'));
  const { clips: next } = clipFolder(20_000);
  await next.start();
  expect(next.report.files).toBe(1);
  const second = (await (await write(next, 'door', [15_000])).end())!;
  expect(second.file).toBe('door-20260102T030405Z-000002.mp4');
  expect((await readdir(folder)).toSorted()).toEqual(
    ['album', second.file, 'door.mp4', 'notes.txt'].toSorted(),
  );
});

test('the group of the agent reads clips, whatever the umask of its service', async () => {
  const umask = process.umask(0o077);
  try {
    const { path } = (await (await write(clipFolder().clips, 'door', [5000])).end())!;
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect((await stat(folder)).mode & 0o777).toBe(0o750);
  } finally {
    process.umask(umask);
  }
});

test.each([
  ['nothing', Buffer.alloc(0), undefined],
  ['a beginning without a picture', HEAD, undefined],
  ['half a fragment', Buffer.concat([HEAD, fragment(3000).subarray(0, 1500)]), undefined],
  ['one fragment', Buffer.concat([HEAD, fragment(3000)]), HEAD.length + 3000],
  [
    'one and a half',
    Buffer.concat([HEAD, fragment(3000), fragment(4000).subarray(0, 3999)]),
    HEAD.length + 3000,
  ],
  ['one and a head', Buffer.concat([HEAD, fragment(3000), box('moof', 100)]), HEAD.length + 3000],
  ['a box of no length', Buffer.concat([HEAD, fragment(3000), Buffer.alloc(64)]), HEAD.length + 3000],
  ['something else', Buffer.from('not a clip at all'), undefined],
])('what a crash has left: %s', async (_, bytes, left) => {
  await mkdir(folder);
  const name = 'door-20260102T030405Z-000009.mp4';
  await writeFile(join(folder, `${name}.part`), bytes);
  const { clips } = clipFolder();
  await clips.start();
  expect(clips.report.files).toBe(left === undefined ? 0 : 1);
  const { names } = await onDisk();
  expect(names).toEqual(left === undefined ? [] : [name]);
  if (left !== undefined) expect(await readFile(join(folder, name))).toEqual(bytes.subarray(0, left));
  const next = await clips.create('door', AT_MS);
  expect((await readdir(folder)).some((one) => one.includes('-000010.'))).toBe(true);
  await next.end();
});

test('clips that somebody deletes while they are written are none, and take no room', async () => {
  const { clips, told } = clipFolder(40_000);
  for (let i = 0; i < 3; i++) {
    const file = await write(clips, 'door', [15_000, 15_000]);
    await rm(folder, { recursive: true });
    await file.append(fragment(1000));
    expect(await file.end()).toBeUndefined();
    expect(clips.report).toEqual({ files: 0, bytes: 0, failure: undefined });
  }
  const kept = (await (await write(clips, 'door', [30_000])).end())!;
  expect((await onDisk()).names).toEqual([kept.file]);
  expect(told).toEqual([]);
});

test('what cannot be read is left as it is and told of once, and everything else goes on', async () => {
  await mkdir(folder);
  const name = 'door-20260102T030405Z-000007.mp4';
  await writeFile(join(folder, name), Buffer.concat([HEAD, fragment(3000)]));
  // As one of another user, also for root.
  const unreadable = 'door-20260102T030405Z-000008.mp4.part';
  await mkdir(join(folder, unreadable));
  const { clips, told, leftOut } = clipFolder();
  await clips.start();
  expect(clips.report).toMatchObject({ files: 1, failure: undefined });
  const next = (await (await write(clips, 'door', [5000])).end())!;
  expect(next.file).toBe('door-20260102T030405Z-000009.mp4');
  expect((await onDisk()).names).toEqual([name, unreadable, next.file]);
  expect([told, leftOut]).toEqual([[], [[unreadable, 'EISDIR']]]);
});

test('one that alone is more than may be ends where it is, and can be played', async () => {
  const { clips, told } = clipFolder(40_000);
  const old = (await (await write(clips, 'door', [8000])).end())!;
  const file = await write(clips, 'door', [10_000, 10_000]);
  await expect(file.append(fragment(30_000))).rejects.toThrow(NoRoomError);
  const kept = (await file.end())!;
  expect(kept.bytes).toBe(HEAD.length + 20_000);
  // It made room for what then had none.
  expect((await onDisk()).names).toEqual([kept.file]);
  expect(kept.file).not.toBe(old.file);
  expect(told).toEqual([]);
});

test.skipIf(!disk.isMounted)(
  'a full disk is told of once, half a fragment is taken back, and once it has room all is well',
  async () => {
    const at = join(disk.path, 'clips');
    const { clips, told } = clipFolder(1e6, at);
    const file = await write(clips, 'door', [40_000]);
    await writeFile(join(disk.path, 'other'), Buffer.alloc(100_000));
    for (let tries = 0; tries < 3; tries++)
      await expect(file.append(fragment(90_000))).rejects.toMatchObject({ code: 'ENOSPC' });
    const kept = (await file.end())!;
    expect(await readFile(kept.path)).toEqual(Buffer.concat([HEAD, fragment(40_000)]));
    expect(clips.report).toMatchObject({ files: 1, failure: { code: 'ENOSPC' } });
    expect(told).toEqual(['ENOSPC']);
    await writeFile(join(disk.path, 'other'), '');
    await (await write(clips, 'door', [20_000])).end();
    expect(told).toEqual(['ENOSPC', undefined]);
    expect(clips.report).toMatchObject({ files: 2, failure: undefined });
  },
);

test('a folder that cannot be had is tried again with each clip', async () => {
  await writeFile(folder, 'a file in its place');
  const { clips, told } = clipFolder();
  await clips.start();
  await expect(clips.create('door', AT_MS)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(told).toEqual(['EEXIST']);
});
