// A Node that is too old, or none -> what scripts/setup says of it, before it does anything.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SETUP = resolve(import.meta.dirname, '../../../scripts/setup');

test.each([
  ['18.20.4', '#!/bin/sh\n[ "$1" = -p ] && echo 18.20.4\n'],
  ['none', '#!/bin/sh\nexit 127\n'],
])('of Node %s it says where to get a newer one', (version, program) => {
  const folder = mkdtempSync(join(tmpdir(), 'old-node-'));
  writeFileSync(join(folder, 'node'), program);
  chmodSync(join(folder, 'node'), 0o755);
  const { status, stderr } = spawnSync(SETUP, {
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/bin:/bin` },
  });
  expect(status).toBe(1);
  expect(stderr).toBe(
    `cspcam: expected Node 20.19 or later in PATH (Node 24: nodejs.org/en/download), received ${version}\n`,
  );
});
