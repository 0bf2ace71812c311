// A disk that is full -> one line, and neither half a picture nor a temporary file on it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { annotate } from '../../../pipelines/images.js';

const folder = mkdtempSync(join(tmpdir(), 'full-'));
const isMounted = (() => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'none', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
afterAll(async () => {
  if (isMounted) execFileSync('umount', [folder]);
  await rm(folder, { recursive: true });
});

const noise = () =>
  sharp({
    create: {
      width: 400,
      height: 300,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  });

test.skipIf(!isMounted)('an annotated picture (needs the right to mount a small disk)', async () => {
  const out = join(folder, 'out.png');
  await writeFile(out, 'the picture before');
  const picture = await noise().png().toBuffer();
  await expect(annotate(picture, '<svg width="400" height="300"/>', out)).rejects.toThrow(
    `expected a place that can be written for ${out}, received ENOSPC, no space left on the disk`,
  );
  expect(await readdir(folder)).toEqual(['out.png']);
  expect(await readFile(out, 'utf8')).toBe('the picture before');
});
