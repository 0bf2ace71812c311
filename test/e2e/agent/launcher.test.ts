// The program started as people start it, by its own first lines -> what Node gets of it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../support/cspcam.js';

const folder = mkdtempSync(join(tmpdir(), 'a launcher-'));
/** As npm makes it. */
const link = join(folder, 'cspcam');
symlinkSync(PROGRAM, link);

function start(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const env = { ...process.env, NO_COLOR: '1', ...environment };
  const { status, stdout, stderr } = spawnSync(link, args, { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

test('output, errors and exit code are those of the program', () => {
  const version = expect.stringMatching(/^\d+\.\d+\.\d+\n$/);
  expect(start(['--version'])).toEqual({ status: 0, stdout: version, stderr: '' });
  const missing = '/no such  "file".yaml';
  expect(start(['config', 'validate', missing])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(missing),
  });
});

test.each([
  [undefined, '2'],
  ['5', '5'],
])('with MALLOC_ARENA_MAX %s Node gets %s, and the arguments as they are', (given, expected) => {
  writeFileSync(join(folder, 'node'), '#!/bin/sh\nprintf "%s\\n" "$MALLOC_ARENA_MAX" "$@"\n', {
    mode: 0o755,
  });
  const environment = { PATH: `${folder}:/usr/bin:/bin`, MALLOC_ARENA_MAX: given };
  const { stdout } = start(['detect', 'a  b.jpg', '$HOME', "it's"], environment);
  expect(stdout.split('\n')).toEqual([expected, link, 'detect', 'a  b.jpg', '$HOME', "it's", '']);
});
