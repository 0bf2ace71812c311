// package-lock.json and package.json -> whose scripts run in `npm ci`: npm 10 asks the lock, npm 11 allowScripts.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const read = (file: string) => JSON.parse(readFileSync(resolve(root, file), 'utf8'));
const { packages } = read('package-lock.json') as { packages: Record<string, { hasInstallScript?: true }> };
const { allowScripts } = read('package.json') as { allowScripts: Record<string, boolean> };

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
const marked = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript);

test('onnxruntime-node does not download its CUDA libraries', () => {
  expect(allowScripts['onnxruntime-node']).toBe(false);
  // npm writes the mark when the package is upgraded; without it, npm 10 leaves the script alone.
  expect(marked, 'remove "hasInstallScript" of onnxruntime-node from package-lock.json').not.toContain(
    'node_modules/onnxruntime-node',
  );
});

test('each package with a script of its own is allowed or denied by name', () => {
  expect(marked.map(nameOf).filter((name) => allowScripts[name] === undefined)).toEqual([]);
});
