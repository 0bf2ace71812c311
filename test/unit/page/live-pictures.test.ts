// Who looks at which camera, and frames as they come -> which pictures are made.

import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { monotonicMs } from '#common/clock.js';
import { type LivePicture, LivePictures } from '../../../agent/page/live/live-pictures.js';
import { NextFrame } from '../../../agent/page/live/next-frame.js';
import type { Frame } from '../../../pipelines/frame.js';
import { encodeContent, readImage } from '../../../pipelines/images.js';

/** 640 x 320, letterboxed into a square. */
async function frameOf(camera: string, sequence: number, inputSize = 320): Promise<Frame> {
  const image = await sharp({ create: { width: 640, height: 320, channels: 3, background: '#c84' } })
    .png()
    .toBuffer();
  const frame = await readImage(image, { width: inputSize, height: inputSize });
  return { ...frame, source: camera, sequence };
}

function watching(intervalMs = 0) {
  const encoded: number[] = [];
  const shown: [camera: string, sequence: number][] = [];
  const next = new NextFrame((frame) => {
    encoded.push(frame.sequence);
    return encodeContent(frame, 200, 75);
  });
  let onShown = () => {};
  const pictures = new LivePictures({
    take: (camera, signal) => next.of(camera, signal),
    intervalMs,
    nowMs: monotonicMs,
    onPicture: (camera, { sequence }) => {
      shown.push([camera, sequence]);
      onShown();
    },
  });
  onTestFinished(() => pictures.watch(new Set()));
  const untilShown = (count: number) =>
    new Promise<void>((resolve) => {
      onShown = () => {
        if (shown.length >= count) resolve();
      };
      onShown();
    });
  return { encoded, shown, next, pictures, untilShown };
}

test('nobody looks: no picture is made', async () => {
  const { next, encoded, pictures } = watching();
  next.update(await frameOf('door', 1));
  pictures.watch(new Set(['door']));
  pictures.watch(new Set());
  next.update(await frameOf('door', 2));
  expect(encoded).toEqual([]);
});

test('of a camera that is looked at one frame after the other, of others none', async () => {
  const { next, encoded, shown, pictures, untilShown } = watching();
  pictures.watch(new Set(['door']));
  const frames = await Promise.all(
    [1, 2, 3].map((sequence) =>
      Promise.all([frameOf('door', sequence), frameOf('yard', sequence), frameOf('door', 100 + sequence)]),
    ),
  );
  for (const [i, moment] of frames.entries()) {
    // The last one comes while the picture of the first is made.
    for (const frame of moment) next.update(frame);
    await untilShown(i + 1);
    await wait(5);
  }
  expect(shown).toEqual([
    ['door', 1],
    ['door', 2],
    ['door', 3],
  ]);
  expect(encoded).toEqual([1, 2, 3]);
});

test('at a bounded rate, however many frames come', async () => {
  const { next, encoded, pictures, untilShown } = watching(3_600_000);
  pictures.watch(new Set(['door']));
  next.update(await frameOf('door', 1));
  await untilShown(1);
  for (const sequence of [2, 3, 4]) next.update(await frameOf('door', sequence));
  expect(encoded).toEqual([1]);
});

test('a picture that cannot be made is none, and another is tried', async () => {
  const shown: number[] = [];
  let tries = 0;
  await new Promise<void>((resolve) => {
    const pictures = new LivePictures({
      take: async (): Promise<LivePicture> => {
        if (++tries === 1) throw new Error('no memory');
        return { jpeg: Buffer.alloc(1), sequence: 7, sourceSize: { width: 1, height: 1 } };
      },
      intervalMs: 3_600_000,
      nowMs: monotonicMs,
      onPicture: (_, { sequence }) => {
        shown.push(sequence);
        pictures.watch(new Set());
        resolve();
      },
    });
    pictures.watch(new Set(['door']));
  });
  expect([tries, shown]).toEqual([2, [7]]);
});

test.each([
  [320, 200, 200, 100],
  [160, 200, 160, 80],
])('of an input of %d no wider than %d: %d x %d, without borders', async (input, largest, width, height) => {
  const jpeg = await encodeContent(await frameOf('door', 1, input), largest, 75);
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  expect([info.format, info.width, info.height]).toEqual(['raw', width, height]);
  for (const at of [0, data.length - 3]) expect(Math.abs(data[at]! - 0xcc)).toBeLessThan(6);
});
