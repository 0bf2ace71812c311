// A disk that is full -> one line, and neither half a picture nor a temporary file on it; cameras go on.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test, vi } from 'vitest';
import { annotate } from '../../../pipelines/images.js';
import { startCamera } from '../../support/cameras.js';
import { smallDisk } from '../../support/small-disk.js';

const { path: folder, isMounted } = smallDisk('16k');
/** Room for two files, its own root among them. */
const { path: crowded } = smallDisk('16k,nr_inodes=2');

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

test.skipIf(!isMounted)('a camera starts where the folder for temporary files takes no file', async () => {
  await writeFile(join(crowded, 'last'), '');
  await expect(writeFile(join(crowded, 'one more'), '')).rejects.toThrow('ENOSPC');
  vi.stubEnv('TMPDIR', crowded);
  const camera = startCamera('test:ball', { stallTimeoutMs: 30_000 });
  try {
    await camera.untilFrames(3);
    expect(camera.statuses.map(({ state }) => state)).toEqual(['starting', 'running']);
  } finally {
    vi.unstubAllEnvs();
    await camera.close();
  }
  expect(await readdir(crowded)).toEqual(['last']);
});
