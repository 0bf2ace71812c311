// A tree with what git ignores in it -> what `test:node-versions` copies of it for each Node, as its first npm sees it.

import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const scripts = resolve(import.meta.dirname, '../../../scripts');

test('sources alone, whatever lies among packages; nothing is left of them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'node-versions-'));
  const [root, tools, temporary] = ['root', 'tools', 'temporary'].map((name) => join(folder, name));
  for (const path of [root!, tools!, temporary!, join(root!, 'scripts'), join(root!, 'packages/kept')])
    await mkdir(path, { recursive: true });
  const copied = ['agent/agent.ts', 'scripts/swept-folder.mjs', 'scripts/test-node-versions.mjs'];
  const made = [
    '.git/HEAD',
    'dist/main.js',
    'node_modules/a/index.js',
    'test/artefacts/a.png',
    'packages/a.deb',
  ];
  for (const file of [copied[0]!, ...made]) {
    await mkdir(join(root!, dirname(file)), { recursive: true });
    await writeFile(join(root!, file), '');
  }
  for (const file of copied.slice(1)) await copyFile(join(scripts, '..', file), join(root!, file));
  // As roots of other releases have them.
  spawnSync('mkfifo', [join(root!, 'packages/kept/initctl')]);
  await writeFile(join(tools!, 'npm'), '#!/bin/sh\ncd ../tree && find . ! -type d\nexit 1\n');
  await chmod(join(tools!, 'npm'), 0o755);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root!, 'scripts/test-node-versions.mjs'), '24'],
    {
      env: { PATH: [tools, process.env['PATH']].join(delimiter), TMPDIR: temporary },
      encoding: 'utf8',
    },
  );
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  const seen = stdout.split('\n').filter((line) => line.startsWith('./'));
  expect(seen.toSorted()).toEqual(copied.map((file) => `./${file}`));
  expect(stdout).toContain('Node 24: failed');
  expect(await readdir(temporary!)).toEqual([]);
});
