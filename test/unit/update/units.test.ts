// What systemctl prints of a unit -> what is made of it. The program is a stand-in in PATH.

import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { lookAt } from '../../../agent/update/units.js';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['runs', ['ActiveState=active', 'NRestarts=0'], 'active'],
  ['does not run', ['ActiveState=inactive', 'NRestarts=0'], 'inactive'],
  ['waits for its turn while the machine starts', ['ActiveState=inactive', 'Job=217'], 'activating'],
  ['failed and is to be started', ['ActiveState=failed', 'Job=217'], 'failed'],
])('one that %s', async (_, lines, activeState) => {
  const folder = mkdtempSync(join(tmpdir(), 'systemctl-'));
  const program = join(folder, 'systemctl');
  writeFileSync(program, `#!/bin/sh\ncat <<'END'\n${lines.join('\n')}\nEND\n`);
  chmodSync(program, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  expect(await lookAt('cspcam.service')).toMatchObject({ activeState });
});
