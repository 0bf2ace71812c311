// A path -> a folder that is there, or the error of whoever refuses it; it always ends.

import { existsSync, statSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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

test('all that is made has the mode', async () => {
  const top = await mkdtemp(join(tmpdir(), 'folders-'));
  await makeFolder(join(top, 'a/b'), { mode: 0o700 });
  makeFolderSync(join(top, 'c/d'), { mode: 0o700 });
  makeFolderSync(join(top, 'c/d'));
  for (const made of ['a', 'a/b', 'c', 'c/d'])
    expect(statSync(join(top, made)).mode & 0o777, made).toBe(0o700);
});
