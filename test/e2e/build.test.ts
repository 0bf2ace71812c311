// `npm run build` on a tree that changes -> what lies in dist: tests and commands start programs from there.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = resolve(import.meta.dirname, '../..');
const copied = [
  'agent',
  'device-profiles',
  'models',
  'pipelines',
  'scripts',
  'package.json',
  'tsconfig.json',
];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'build-'));
  for (const name of copied) cpSync(join(repository, name), join(root, name), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
});
afterAll(() => rm(root, { recursive: true }));

/** @returns what it says where it fails, else nothing */
const build = () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? '' : stdout + stderr;
};
const source = (text: string) => writeFileSync(join(root, 'agent/common/lone.ts'), text);
const output = () => join(root, 'dist/agent/common/lone.js');

test('what is compiled follows the sources: new, changed, lost, wrong, gone', () => {
  source('export const lone = 1;\n');
  expect(build()).toBe('');
  expect(readFileSync(output(), 'utf8')).toContain('lone = 1');
  for (const name of ['default', 'small'])
    expect(existsSync(join(root, `dist/models/${name}/model.onnx`)), name).toBe(true);

  source('export const lone = 2;\n');
  expect(build()).toBe('');
  expect(readFileSync(output(), 'utf8')).toContain('lone = 2');

  rmSync(output());
  expect(build()).toBe('');
  expect(readFileSync(output(), 'utf8')).toContain('lone = 2');

  source("export const lone: number = 'two';\n");
  expect(build()).toContain('agent/common/lone.ts');
  expect(build(), 'and says so again').toContain('agent/common/lone.ts');

  rmSync(join(root, 'agent/common/lone.ts'));
  expect(build()).toBe('');
  expect(existsSync(output())).toBe(false);
});
