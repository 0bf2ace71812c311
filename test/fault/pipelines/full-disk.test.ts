// A disk that is full -> one line, and neither half a picture nor a temporary file on it.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { annotate } from '../../../pipelines/images.js';
import { smallDisk } from '../../support/small-disk.js';

const { path: folder, isMounted } = smallDisk('16k');

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
