// pipelines/relay/README.md -> its table of waits is that of the code, and its table of files that of the folder.

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { FAILURES } from '../../../../pipelines/failure.js';

const folder = resolve(import.meta.dirname, '../../../../pipelines/relay');
const readme = readFileSync(resolve(folder, 'README.md'), 'utf8');

const written = (ms: number) => (ms >= 60_000 ? `${ms / 60_000} min` : `${ms / 1000} s`);

test('waits', () => {
  const rows = [...readme.matchAll(/^\| `([\w-]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)];
  expect(rows.map((row) => row.slice(1))).toEqual(
    Object.entries(FAILURES).map(
      ([
        name,
        {
          retry: { firstMs, growth, longestMs },
        },
      ]) => [...[name, written(firstMs), String(growth), written(longestMs)]],
    ),
  );
});

test('files', () => {
  const table = readme.slice(readme.indexOf('| file |'), readme.indexOf('## Waits'));
  const named = [...table.matchAll(/`([\w/-]+\.ts)`/g)].map(([, name]) => name);
  expect(named.toSorted()).toEqual(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .toSorted(),
  );
});
