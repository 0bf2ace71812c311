// Videos, cameras and pictures in inputs of every kind -> the pixels that ffmpeg sees, where the input wants them; and boxes
// of what was drawn, at its place in the source.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Frame, Rect, Resize, Size } from '../../../pipelines/frame.js';
import { encodeFrame, readImage } from '../../../pipelines/images.js';
import { openSource } from '../../../pipelines/open.js';
import { brightModel } from '../../support/bright-model.js';
import { startCamera } from '../../support/cameras.js';
import { type Clips, decode, ffmpegExists, makeClips } from '../../support/clips.js';
import { cspcam } from '../../support/cspcam.js';
import { borderLevels, compare, expectSamePlace, interleaved } from '../../support/pixels.js';
import { readFrames } from '../../support/reading.js';
import { sharedPath } from '../../support/shared.js';

let clips: Clips;
beforeAll(async () => {
  clips = await makeClips();
});
afterAll(() => clips.close());

const GREY = 114;
const resizes: readonly (readonly [string, Resize, (content: Size) => Pick<Rect, 'x' | 'y'>])[] = [
  ['top left', { kind: 'letterbox', align: 'top-left', padding: GREY }, () => ({ x: 0, y: 0 })],
  [
    'centred',
    { kind: 'letterbox', align: 'centre', padding: GREY },
    ({ width, height }) => ({ x: Math.floor((320 - width) / 2), y: Math.floor((320 - height) / 2) }),
  ],
  ['stretched', { kind: 'stretch' }, () => ({ x: 0, y: 0 })],
];
const x264 = ['-c:v', 'libx264', '-crf', '10', '-pix_fmt', 'yuv420p'];
const shapes: readonly (readonly [string, Size, Size])[] = [
  ['landscape', { width: 640, height: 360 }, { width: 320, height: 180 }],
  // 213 columns: GStreamer pads rows to 216.
  ['portrait', { width: 426, height: 640 }, { width: 213, height: 320 }],
];

describe.skipIf(!ffmpegExists).each(shapes)('%s', (shape, source, letterboxed) => {
  describe.each(resizes)('%s', (_, resize, at) => {
    const size = resize.kind === 'stretch' ? { width: 320, height: 320 } : letterboxed;
    const inputSize = { width: 320, height: 320, resize };

    test('a recording', async () => {
      const clip = await clips.make(
        `${shape}.mp4`,
        `testsrc2=s=${source.width}x${source.height}:r=25:d=0.4`,
        ...x264,
      );
      const frames = await readFrames(openSource(clip, { inputSize }));
      const pictures = await decode(clip, size);
      expect(frames).toHaveLength(pictures.length);
      for (const index of [0, 1, pictures.length - 1])
        expectPicture(frames[index]!, source, { ...at(size), ...size }, pictures[index]!);
      const picture = await sharp(await encodeFrame(frames[0]!)).metadata();
      expect(picture).toMatchObject(source);
    });

    test('a picture', async () => {
      const clip = await clips.make(
        `${shape}.png`,
        `testsrc2=s=${source.width}x${source.height}:r=25:d=0.04`,
      );
      const frame = await readImage(clip, inputSize);
      expectPicture(frame, source, { ...at(size), ...size }, (await decode(clip, size))[0]!);
    });
  });
});

/** The content where it should be, with what ffmpeg sees there, and around it the border alone. */
function expectPicture(frame: Frame, source: Size, content: Rect, expected: Buffer): void {
  expect(frame.sourceSize).toEqual(source);
  expect(frame.content).toEqual(content);
  const picture = interleaved(frame, content);
  expectSamePlace(expected, picture, content);
  // Scalers differ at edges.
  expect(compare(expected, picture).spread).toBeLessThan(14);
  const isWhole = content.width === 320 && content.height === 320;
  expect(borderLevels(frame)).toEqual(isWhole ? [] : [GREY]);
}

const video = sharedPath('data/videos/car-detection.mp4');
test.skipIf(!ffmpegExists || video === undefined).each(resizes)(
  'a real recording (shared data), %s',
  async (_, resize, at) => {
    const source = { width: 768, height: 432 };
    const size = resize.kind === 'stretch' ? { width: 320, height: 320 } : { width: 320, height: 180 };
    const frames = await readFrames(
      openSource(video!, { inputSize: { width: 320, height: 320, resize } }),
      50,
    );
    const pictures = await decode(video!, size);
    for (const index of [0, 1, 49])
      expectPicture(frames[index]!, source, { ...at(size), ...size }, pictures[index]!);
  },
);

test.each(resizes)('a camera, with its motion watched: %s', async (_, resize, at) => {
  const frames: { content: Rect; levels: number[]; whites: boolean }[] = [];
  const uri = 'test:smpte?width=320&height=240&fps=20';
  const running = startCamera(uri, {
    inputSize: { width: 320, height: 320, resize },
    motion: { lookEveryMs: 100, keepLookingMs: 100 },
    onFrame: (frame) => {
      const { x, y } = frame.content;
      const first = interleaved(frame, { x, y, width: 1, height: 1 });
      frames.push({
        content: frame.content,
        levels: borderLevels(frame),
        whites: first.every((level) => level > 180),
      });
    },
  });
  try {
    await running.until('three frames', () => frames.length >= 3);
  } finally {
    await running.close();
  }
  const size = resize.kind === 'stretch' ? { width: 320, height: 320 } : { width: 320, height: 240 };
  for (const frame of frames)
    expect(frame).toEqual({
      content: { ...at(size), ...size },
      levels: resize.kind === 'stretch' ? [] : [GREY],
      // The first of the bars, in the corner of the content.
      whites: true,
    });
});

/** Grey below what the model takes for bright. */
const DIM = 40;
const boxResizes: readonly Resize[] = [
  { kind: 'letterbox', align: 'top-left', padding: DIM },
  { kind: 'letterbox', align: 'centre', padding: DIM },
  { kind: 'stretch' },
];
// A rectangle whose edges fall between cells of 8 input pixels, however the picture is placed.
const drawn = { left: 64, top: 96, right: 192, bottom: 224 };

describe.each([
  ['landscape', { width: 640, height: 320 }],
  ['portrait', { width: 320, height: 640 }],
])('%s: boxes of a drawn rectangle', (shape, { width, height }) => {
  test.each(boxResizes)('%j', async (resize) => {
    const folder = await mkdtemp(join(tmpdir(), 'placement-'));
    const picture = join(folder, `${shape}.png`);
    const white = { width: drawn.right - drawn.left, height: drawn.bottom - drawn.top, channels: 3 as const };
    await sharp({ create: { width, height, channels: 3, background: '#000' } })
      .composite([{ input: { create: { ...white, background: '#fff' } }, left: drawn.left, top: drawn.top }])
      .png()
      .toFile(picture);
    const model = await brightModel(resize);
    const inputs = [picture];
    if (ffmpegExists)
      inputs.push(await clips.make(`${shape}.mkv`, picture, '-c:v', 'ffv1', '-pix_fmt', 'bgr0'));
    const { code, out, err } = await cspcam('detect', ...inputs, '--model', model, '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.trim().split('\n');
    expect(lines).toHaveLength(inputs.length);
    for (const line of lines) {
      const boxes: number[][] = JSON.parse(line).detections.map(({ box }: { box: number[] }) => box);
      const edge = (corner: number, pick: typeof Math.min) => pick(...boxes.map((box) => box[corner]!));
      expect([edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)]).toEqual([
        ...[drawn.left, drawn.top, drawn.right, drawn.bottom],
      ]);
    }
  });
});
