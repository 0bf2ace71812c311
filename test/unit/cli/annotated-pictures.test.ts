// Inputs of `detect --out FOLDER` -> the names of the files in it: none twice, and no password in any.

import { copyFile, mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { AnnotatedPictures } from '../../../agent/cli/annotated-pictures.js';
import type { FrameResult } from '../../../agent/inference/frame-path.js';

const PICTURE = 'models/default/street.jpg';
const SIZE = { width: 8, height: 8 };

const resultOf = (sequence: number) =>
  ({
    frame: {
      sequence,
      sourceSize: SIZE,
      inputSize: SIZE,
      content: { x: 0, y: 0, ...SIZE },
      pixels: new ArrayBuffer(3 * SIZE.width * SIZE.height),
    },
    sourceDetections: [{ label: 'car', classIndex: 0, score: 0.9, box: [1, 1, 6, 6] }],
  }) as unknown as FrameResult;

/** @param inputs paths below a folder, or addresses of cameras */
async function namesOf(inputs: readonly string[], frames: number): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'annotated-'));
  const out = join(folder, 'out');
  const places = await Promise.all(
    inputs.map(async (input) => {
      if (input.includes('://')) return input;
      const place = join(folder, input);
      await mkdir(dirname(place), { recursive: true });
      await copyFile(PICTURE, place);
      return place;
    }),
  );
  const pictures = new AnnotatedPictures(out, places);
  for (const place of places) {
    for (let sequence = 0; sequence < frames; sequence++) await pictures.add(place, resultOf(sequence));
    await pictures.endInput();
  }
  return (await readdir(out)).sort();
}

test.each<[what: string, inputs: readonly string[], frames: number, names: readonly string[]]>([
  ['pictures of one name', ['a/x.jpg', 'b/x.jpg', 'c/x.png'], 1, ['x-2.jpg', 'x-3.jpg', 'x.jpg']],
  [
    'one whose name another has got',
    ['a/x.jpg', 'b/x.jpg', 'a/x-2.jpg'],
    1,
    ['x-2-2.jpg', 'x-2.jpg', 'x.jpg'],
  ],
  [
    'cameras whose addresses end alike',
    ['http://a.local/video.mjpg', 'http://b.local/video.mjpg'],
    2,
    [
      ...['video.mjpg-000000.jpg', 'video.mjpg-000001.jpg'],
      ...['video.mjpg-2-000000.jpg', 'video.mjpg-2-000001.jpg'],
    ],
  ],
  [
    'a picture that is named as a frame',
    ['video.mjpg-000000.jpg', 'http://a.local/video.mjpg'],
    1,
    ['video.mjpg-000000-2.jpg', 'video.mjpg-000000.jpg'],
  ],
  ['a login without a path', ['rtsp://joe:geheim1@camera'], 1, ['_camera-000000.jpg']],
  [
    'a password in a path',
    ['http://camera/user=admin_password=geheim1_channel=1'],
    1,
    ['user_admin_password__channel_1-000000.jpg'],
  ],
  ['a password as a parameter', ['http://camera/v?pwd=geheim1&q=1'], 1, ['v_pwd_q_1-000000.jpg']],
])('%s', async (_, inputs, frames, names) => {
  expect(await namesOf(inputs, frames)).toEqual([...names].sort());
});
