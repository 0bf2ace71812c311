// A small node_modules -> what of it ships, and the licences that are told; the Node that is locked for each architecture.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const scripts = resolve(import.meta.dirname, '../../../scripts/package');
const { dropUnneeded } = await import(join(scripts, 'unneeded.mjs'));
const { licencesOfOthers } = await import(join(scripts, 'licences.mjs'));
const { namesOf } = await import(join(scripts, 'architectures.mjs'));

let tree: string;
beforeEach(async () => {
  tree = await mkdtemp(join(tmpdir(), 'tree-'));
});
afterEach(() => rm(tree, { recursive: true }));

function write(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    writeFileSync(join(tree, name), text);
  }
}

const rows: readonly [file: string, ships: boolean][] = [
  ['onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1', true],
  ['onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1', false],
  ['onnxruntime-node/bin/napi-v6/win32/arm64/onnxruntime.dll', false],
  ['onnxruntime-node/script/install.js', false],
  ['onnxruntime-node/dist/index.js', true],
  ['addon/build/Release/addon.node', true],
  ['addon/build/Release/obj.target/addon.node', false],
  ['addon/build/Makefile', false],
  ['addon/src/addon.cc', false],
  ['addon/lib/addon.js', true],
  ['addon/package.json', true],
  ['nan/nan.h', false],
  ['nan/package.json', false],
  ['a/test/index.js', false],
  ['a/lib/test/index.js', true],
  ['@scope/a/tests/index.js', false],
  ['a/index.d.ts', false],
  ['a/index.js.map', false],
  ['a/.eslintrc', false],
  ['a/.github/funding.yml', false],
  ['a/index.cjs', true],
  ['a/proto.json', true],
  ['.package-lock.json', false],
  ['.bin/a', false],
];

test('what no device reads stays behind', () => {
  write(Object.fromEntries(rows.map(([file]) => [`node_modules/${file}`, ''])));
  const modules = join(tree, 'node_modules');
  dropUnneeded('arm64', modules, ['addon']);
  const entries = readdirSync(modules, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files.map((file) => file.slice(modules.length + 1)).sort()).toEqual(
    rows
      .filter(([, ships]) => ships)
      .map(([file]) => file)
      .sort(),
  );
  const empty = entries.filter(
    (entry) => entry.isDirectory() && readdirSync(join(entry.parentPath, entry.name)).length === 0,
  );
  expect(empty).toEqual([]);
});

test('licences: each package, each text once, and which come without one', () => {
  const packages = {
    'node_modules/a': { version: '1.0.0', license: 'MIT' },
    'node_modules/a/node_modules/b': { version: '2.0.0', license: { type: 'ISC', url: '' } },
    'node_modules/@img/lib': { version: '3.0.0', license: 'LGPL-3.0-or-later' },
    'node_modules/c': { version: '4.0.0' },
  };
  write({
    'node_modules/.package-lock.json': JSON.stringify({ packages }),
    'node_modules/a/LICENSE': 'Do what you like.\r\n',
    'node_modules/a/node_modules/b/license.md': 'Do what you like.\n',
    'node_modules/@img/lib/README.md': 'Parts: one, two.',
    'node_modules/c/index.js': '',
    'node/LICENSE': 'Of Node.',
  });
  const line = '-'.repeat(78);
  expect(licencesOfOthers(tree, join(tree, 'node'))).toBe(`Packages, and the licence that each declares:

@img/lib 3.0.0: LGPL-3.0-or-later
a 1.0.0: MIT
b 2.0.0: ISC
c 4.0.0: not declared

These come without the text of their licence; what they declare is in the list above:

c 4.0.0

${line}
a 1.0.0
b 2.0.0
${line}

Do what you like.

${line}
@img/lib 3.0.0
${line}

Parts: one, two.

${line}
Node.js, in bin/node
${line}

Of Node.
`);
});

test('Node is locked by its hash, the same version for each architecture', () => {
  const { packages } = JSON.parse(readFileSync(join(scripts, 'node/package-lock.json'), 'utf8'));
  const locked = ['amd64', 'arm64'].map((name) => packages[`node_modules/node-linux-${namesOf(name).npm}`]);
  expect(locked.map(({ integrity }) => integrity)).toEqual(Array(2).fill(expect.stringMatching(/^sha512-/)));
  expect(new Set(locked.map(({ version }) => version)).size).toBe(1);
});

test('an architecture that there is no package for', () => {
  expect(() => namesOf('armhf')).toThrow('expected one of amd64, arm64 for --arch, received armhf');
});
