// The packages -> no error of lintian beyond those with a reason in cspcam.lintian-overrides.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { newestDeb } from '../support/deb.js';

test.each(['amd64', 'arm64'])('%s', (architecture) => {
  const { stdout, stderr } = spawnSync('lintian', ['--fail-on', 'error', newestDeb(architecture)], {
    encoding: 'utf8',
  });
  const lines = stdout.split('\n');
  expect(lines.filter((line) => line.startsWith('E:'))).toEqual([]);
  expect(stderr).not.toMatch(/cannot|fail/i);
});
