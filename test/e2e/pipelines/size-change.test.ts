// A source that changes its size, now and then or with each picture -> every frame has the size of its own picture.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSource } from '../../../pipelines/open.js';
import { type Clips, ffmpegExists, makeClips } from '../../support/clips.js';
import { readFrames } from '../../support/reading.js';

let clips: Clips;
beforeAll(async () => {
  clips = await makeClips();
});
afterAll(() => clips.close());

/** A transport stream may change at any packet: parts of a second each, one behind the other. */
async function joined(name: string, sizes: readonly string[]): Promise<string> {
  const parts = sizes.map((size, i) =>
    clips.make(`${name}-${i}.ts`, `testsrc2=s=${size}:r=25:d=1`, '-c:v', 'mpeg2video', '-q:v', '3'),
  );
  const file = join(clips.folder, `${name}.ts`);
  await writeFile(
    file,
    Buffer.concat(await Promise.all((await Promise.all(parts)).map((part) => readFile(part)))),
  );
  return file;
}

test.skipIf(!ffmpegExists).each([
  ['lying, then upright', ['640x360', '304x400']],
  ['upright, then upright', ['304x400', '240x400']],
  ['there and back', ['640x360', '480x480', '640x360']],
])('%s', async (name, sizes) => {
  const source = openSource(await joined(name.replace(/\W+/g, '-'), sizes), {
    inputSize: { width: 416, height: 416 },
  });
  const seen: [string, number][] = [];
  await readFrames(source, undefined, ({ sourceSize: { width, height } }) => {
    const size = `${width}x${height}`;
    if (seen.at(-1)?.[0] === size) seen.at(-1)![1]++;
    else seen.push([size, 0]);
  });
  expect(seen.map(([size]) => size)).toEqual(sizes);
  // Decoders may lose a picture or two where one stream ends in the other.
  for (const [, frames] of seen) expect(frames).toBeGreaterThan(20);
});

test.each([
  ['of other shapes', Array.from({ length: 24 }, (_, i) => [400 + 40 * (i % 7), 320])],
  ['of one shape', Array.from({ length: 24 }, (_, i) => [320 + 160 * (i % 3), 240 + 120 * (i % 3)])],
] as [string, [number, number][]][])('pictures in a row, each %s', async (name, sizes) => {
  const file = join(clips.folder, `${name.replace(/\W+/g, '-')}.mjpg`);
  const pictures = sizes.map(([width, height]) =>
    sharp({ create: { width, height, channels: 3, background: '#888' } })
      .jpeg()
      .toBuffer(),
  );
  await writeFile(file, Buffer.concat(await Promise.all(pictures)));
  const frames = await readFrames(openSource(file, { inputSize: { width: 416, height: 416 } }));
  expect(frames.map(({ sourceSize: { width, height } }) => [width, height])).toEqual(sizes);
});
