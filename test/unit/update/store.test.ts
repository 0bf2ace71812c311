// The folder of updates, and two who want to prepare one in it -> one at a time.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Store } from '../../../agent/update/store.js';

test('who prepares an update has the folder alone, until that has begun or is refused', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'updates-')), 'packages');
  const [one, other] = [new Store(folder), new Store(folder)];
  await one.open();
  await expect(other.open()).rejects.toThrow(
    `expected no other cspcam update for ${folder}, received one that is looking at its package`,
  );
  // Who was refused closes too, and that is no matter of the first.
  other.close();
  await expect(other.open()).rejects.toThrow('expected no other');
  one.close();
  await other.open();
  other.close();
});
