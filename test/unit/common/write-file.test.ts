// Contents and a place -> a whole file, or the one before and one line.

import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeWhole } from '#common/write-file.js';

const folder = () => mkdtemp(join(tmpdir(), 'write-file-'));

test('a new file, and another in its place with the mode of the first', async () => {
  const file = join(await folder(), 'a.json');
  await writeWhole(file, 'one');
  await chmod(file, 0o640);
  await writeWhole(file, Buffer.from('two'));
  expect(await readFile(file, 'utf8')).toBe('two');
  expect((await stat(file)).mode & 0o777).toBe(0o640);
});

test('a link goes on pointing to the file', async () => {
  const place = await folder();
  const [file, link] = [join(place, 'file'), join(place, 'link')];
  await writeFile(file, 'one');
  await symlink('file', link);
  await writeWhole(link, 'two');
  expect([await readlink(link), await readFile(file, 'utf8')]).toEqual(['file', 'two']);
  expect(await readdir(place)).toEqual(['file', 'link']);
});

test('many at once: one of them, whole', async () => {
  const place = await folder();
  const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(100_000));
  await Promise.all(texts.map((text) => writeWhole(join(place, 'a'), text)));
  expect(texts).toContain(await readFile(join(place, 'a'), 'utf8'));
  expect(await readdir(place)).toEqual(['a']);
});

test.each([
  ['a folder that is not there', 'missing/a', 'ENOENT'],
  ['a folder of that name', 'taken', 'EISDIR'],
])('%s leaves nothing behind', async (_, name, reason) => {
  const place = await folder();
  await mkdir(join(place, 'taken'));
  const written = writeWhole(join(place, name), 'text', { what: 'a figure', where: '--out' });
  await expect(written).rejects.toThrow(`expected a figure for --out, received ${reason}`);
  expect(await readdir(place)).toEqual(['taken']);
});
