// CONTRIBUTING.md and SECURITY.md -> the files that they send a reader to are there.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

test.each(['CONTRIBUTING.md', 'SECURITY.md'])('%s', (document) => {
  const links = [...readFileSync(resolve(root, document), 'utf8').matchAll(/\]\(([^)#]+)\)/g)].map(
    ([, link]) => link!,
  );
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter((link) => !existsSync(resolve(root, link)))).toEqual([]);
});
