// `cspcam config init` on a disk that is full -> one line, and the configuration of before, or none.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { cspcam } from '../../support/cspcam.js';
import { smallDisk } from '../../support/small-disk.js';

/** Less than the commented file takes. */
const { path: folder, isMounted } = smallDisk('12k');
const file = join(folder, 'cspcam.yaml');

beforeEach(() => writeFile(join(folder, 'other'), ''));

test.skipIf(!isMounted)('a new file is not left half-written', async () => {
  expect(await cspcam('config', 'init', file)).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(/^cspcam: expected a file that can be written for .*, received ENOSPC.*\n$/),
  });
  expect(await readdir(folder)).toEqual(['other']);
});

test.skipIf(!isMounted)('with --force the one of before stays', async () => {
  await writeFile(file, 'device: porch\n');
  expect(await cspcam('config', 'init', '--force', file)).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(/^cspcam: expected a file that can be written for .*, received ENOSPC.*\n$/),
  });
  expect(await readFile(file, 'utf8')).toBe('device: porch\n');
  expect(await readdir(folder)).toEqual(['cspcam.yaml', 'other']);
});
