// A size -> a folder on a file system of its own, no larger than that, until the tests of the file are over.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { isHere } from './tools.js';

export interface SmallDisk {
  readonly path: string;
  /** Where it is not, tests that need one are skipped: only root can mount one. */
  readonly isMounted: boolean;
}

/** @param size as tmpfs takes it, `16k` or `1m` */
export function smallDisk(size: string): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'disk-'));
  const isMounted = isHere('root, to mount a small disk,', mount(path, size));
  afterAll(() => {
    if (isMounted) execFileSync('umount', [path]);
    rmSync(path, { recursive: true });
  });
  return { path, isMounted };
}

function mount(path: string, size: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
