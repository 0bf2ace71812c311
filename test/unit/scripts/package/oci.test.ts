// A machine without umoci, and a root that cannot be made -> `package:oci` says so, and leaves nothing behind.

import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = resolve(import.meta.dirname, '../../../../scripts/package/oci.mjs');

/** Programs that are there, as shell scripts. @returns what was said, and what is left */
async function making(programs: Readonly<Record<string, string>>) {
  const [tools, temporary] = await Promise.all([
    mkdtemp(join(tmpdir(), 'tools-')),
    mkdtemp(join(tmpdir(), 'made-')),
  ]);
  const all = { git: 'echo 1', dpkg: 'echo amd64', 'dpkg-deb': 'echo 1.2.3', ...programs };
  for (const [name, script] of Object.entries(all)) {
    await writeFile(join(tools, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(tools, name), 0o755);
  }
  const said = await promisify(execFile)(process.execPath, [program, '--deb', program], {
    env: { PATH: tools, TMPDIR: temporary, HOME: temporary },
  }).catch(({ stderr }) => stderr);
  return { said, left: await readdir(temporary) };
}

const ONLY_VERSION = '[ "$1" = --version ] || { echo "$0 was started"; exit 9; }';

test.each([
  ['a program is missing', { mmdebstrap: ONLY_VERSION }, /umoci --version, received ENOENT/],
  ['the root cannot be made', { mmdebstrap: ONLY_VERSION, umoci: ONLY_VERSION }, /mmdebstrap was started/],
])('%s', async (_, programs, words) => {
  expect(await making(programs)).toEqual({ said: expect.stringMatching(words), left: [] });
});
