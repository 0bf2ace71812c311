// Names of models that come along -> the same wherever they are listed: the build has them before there is any TypeScript.

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { isBundledName } from '../../../agent/config/model-words.js';
import { BUNDLED } from '../../../agent/inference/bundled-models.js';

test('scripts and agent know the same models', () => {
  const program = "import('./scripts/bundled.mjs').then((one) => console.log(JSON.stringify(one.BUNDLED)))";
  const { stdout } = spawnSync(process.execPath, ['-e', program], {
    cwd: resolve(import.meta.dirname, '../../..'),
    encoding: 'utf8',
  });
  const built = Object.keys(JSON.parse(stdout) as object);
  expect(Object.keys(BUNDLED)).toEqual(built);
  expect(built.every(isBundledName)).toBe(true);
});
