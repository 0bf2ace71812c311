// A path -> a folder that is there, or the error of whoever refuses it; it always ends.

import { chmodSync, existsSync, statSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { makeFolder, makeFolderSync } from '../../../agent/common/make-folder.js';

test('all above it is made, by whoever is first; what is there stays', async () => {
  const top = await mkdtemp(join(tmpdir(), 'folders-'));
  const folder = join(top, 'a/b/c');
  await Promise.all([makeFolder(folder), makeFolder(folder), makeFolder(join(top, 'a/b/d'))]);
  await writeFile(join(folder, 'file'), '');
  await makeFolder(folder);
  await makeFolder(`${folder}/`);
  expect(existsSync(join(folder, 'file'))).toBe(true);
});

test.each([
  ['/proc/x', 'ENOENT'],
  ['/proc/x/y/z', 'ENOENT'],
  ['/dev/null', 'EEXIST'],
  ['/dev/null/x', 'ENOTDIR'],
])('%s: %s', async (folder, code) => {
  await expect(makeFolder(folder)).rejects.toMatchObject({ code });
  expect(() => makeFolderSync(folder)).toThrow(expect.objectContaining({ code }));
});

const umask = process.umask();
afterEach(() => process.umask(umask));

test.each([0o700, 0o750])(
  'all that is made has the mode %o, whatever the umask, and nothing else has',
  async (mode) => {
    const top = await mkdtemp(join(tmpdir(), 'folders-'));
    process.umask(0o077);
    await makeFolder(join(top, 'a/b'), { mode });
    makeFolderSync(join(top, 'c/d'), { mode });
    for (const made of ['a', 'a/b', 'c', 'c/d']) expect(modeOf(join(top, made)), made).toBe(mode);
    for (const again of ['a/b', 'c/d']) chmodSync(join(top, again), 0o711);
    await makeFolder(join(top, 'a/b'), { mode });
    makeFolderSync(join(top, 'c/d'), { mode });
    for (const found of ['a/b', 'c/d']) expect(modeOf(join(top, found)), found).toBe(0o711);
  },
);

test('a group that is handed down stays with what is made', async () => {
  const top = await mkdtemp(join(tmpdir(), 'folders-'));
  chmodSync(top, 0o2770);
  process.umask(0o077);
  await makeFolder(join(top, 'a'), { mode: 0o750 });
  makeFolderSync(join(top, 'b'), { mode: 0o750 });
  for (const made of ['a', 'b']) expect(modeOf(join(top, made)), made).toBe(0o2750);
});

const modeOf = (path: string) => statSync(path).mode & 0o7777;
