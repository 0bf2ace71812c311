// An optimized network that is being written -> the name of its file until it is whole; those of a process that is cut off go.

import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** @param key of the network */
export function unfinishedName(key: string): string {
  return `${key}.${process.pid}-${randomUUID()}.new`;
}

/** For a process that ends at once, as its threads then cannot do it. Never throws. */
export function removeUnfinished(cache: string): void {
  try {
    for (const name of readdirSync(cache))
      if (name.endsWith('.new') && name.includes(`.${process.pid}-`))
        rmSync(join(cache, name), { force: true });
  } catch {
    // A folder that is not there has none; what cannot be removed goes with the next start after an hour.
  }
}
