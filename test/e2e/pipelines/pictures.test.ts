// Clips of every pixel format, shape and turn -> the pictures that ffmpeg sees in them, at the same place.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Frame } from '../../../pipelines/frame.js';
import { readImage } from '../../../pipelines/images.js';
import { openSource } from '../../../pipelines/open.js';
import { BARS } from '../../support/bars.js';
import { type Clips, decode, ffmpegExists, makeClips } from '../../support/clips.js';
import {
  brightestBorder,
  compare,
  expectRgb,
  expectSamePlace,
  interleaved,
  type Rgb,
  rgbWithin,
} from '../../support/pixels.js';
import { readFrames } from '../../support/reading.js';
import { h264, startRtspServer } from '../../support/rtsp-server.js';
import { sharedPath } from '../../support/shared.js';

const inputSize = { width: 320, height: 320 };
let clips: Clips;
beforeAll(async () => {
  clips = await makeClips();
});
afterAll(() => clips.close());

const sd = 'testsrc2=s=640x480:r=25:d=1';
const x264 = ['-c:v', 'libx264', '-crf', '10', '-pix_fmt', 'yuv420p'];
const lossless = ['-c:v', 'ffv1', '-pix_fmt'];

test.skipIf(!ffmpegExists).each<[string, string, string[], [width: number, height: number]]>([
  ['landscape.mp4', sd, x264, [640, 480]],
  ['portrait.mp4', 'testsrc2=s=360x640:r=25:d=1', x264, [360, 640]],
  ['odd.mkv', 'testsrc2=s=642x246:r=25:d=1,scale=321:123', [...lossless, 'yuv444p'], [321, 123]],
  ['odd-420.mkv', 'testsrc2=s=642x246:r=25:d=1,scale=321:123', [...lossless, 'yuv420p'], [321, 123]],
  ['small.mkv', 'testsrc2=s=64x48:r=25:d=1', [...lossless, 'yuv420p'], [64, 48]],
  ['wide-pixels.mp4', 'testsrc2=s=720x576:r=25:d=1,setsar=64/45', x264, [720, 576]],
  ['narrow-pixels.mp4', 'testsrc2=s=720x480:r=25:d=1,setsar=8/9', x264, [720, 480]],
  [
    'hd-709.mp4',
    'testsrc2=s=1280x720:r=25:d=1,scale=out_color_matrix=bt709',
    [...x264, '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'],
    [1280, 720],
  ],
  ['full-range.avi', sd, ['-c:v', 'mjpeg', '-q:v', '2', '-pix_fmt', 'yuvj420p'], [640, 480]],
  ['422.mkv', sd, [...lossless, 'yuv422p'], [640, 480]],
  ['grey.mp4', sd, ['-c:v', 'libx264', '-crf', '10', '-pix_fmt', 'gray', '-color_range', 'tv'], [640, 480]],
  ['rgb.mkv', sd, [...lossless, 'bgr0'], [640, 480]],
  [
    'ten-bits.mkv',
    sd,
    ['-c:v', 'libx265', '-crf', '10', '-x265-params', 'log-level=none', '-pix_fmt', 'yuv420p10le'],
    [640, 480],
  ],
  ['variable-rate.mkv', `${sd},select='not(mod(n\\,3))+eq(n\\,1)'`, ['-vsync', 'vfr', ...x264], [640, 480]],
])('%s', async (name, source, options, [width, height]) => {
  const clip = await clips.make(name, source, ...options);
  const frames = await readFrames(openSource(clip, { inputSize }));
  expect(frames[0]?.sourceSize).toEqual({ width, height });
  await expectPictures(clip, frames);
});

test.skipIf(!ffmpegExists).each([90, 180, 270])(
  'a recording with a tag to turn it by %i degrees',
  async (degrees) => {
    const upright = await clips.make('upright.mp4', 'testsrc2=s=640x360:r=25:d=1', ...x264);
    const clip = await clips.make(
      `turned-${degrees}.mp4`,
      upright,
      '-c',
      'copy',
      '-metadata:s:v',
      `rotate=${degrees}`,
    );
    const frames = await readFrames(openSource(clip, { inputSize }));
    expect(frames[0]?.sourceSize).toEqual(
      degrees === 180 ? { width: 640, height: 360 } : { width: 360, height: 640 },
    );
    await expectPictures(clip, frames);
  },
);

// Grey from black to white: the colours of test patterns are at the ends of the range, where a wrong one is not seen.
const ramp = 'color=gray:s=512x64:r=25:d=0.2,geq=lum=X/2:cb=128:cr=128';

test.skipIf(!ffmpegExists).each([
  ['yuv420p', 'tv', 'libx264'],
  ['yuvj420p', 'pc', 'libx264'],
  ['gray', 'tv', 'libx264'],
  ['gray', 'pc', 'libx264'],
  ['gray', 'pc', 'libx265'],
  ['yuvj420p', 'pc', 'mjpeg'],
])('grey levels of %s, range %s, by %s without a colour description', async (pixels, range, codec) => {
  const quality = codec === 'mjpeg' ? ['-q:v', '2'] : ['-crf', '4'];
  const quiet = codec === 'libx265' ? ['-x265-params', 'log-level=none'] : [];
  const options = ['-c:v', codec, ...quality, ...quiet, '-pix_fmt', pixels, '-color_range', range];
  const clip = await clips.make(`ramp-${codec}-${pixels}-${range}.mkv`, ramp, ...options);
  const [frame] = await readFrames(openSource(clip, { inputSize }));
  const { content } = frame as Frame;
  const [expected] = await decode(clip, content);
  for (const right of [0.1, 0.25, 0.5, 0.75, 0.9]) {
    const at = 3 * (Math.floor(content.height / 2) * content.width + Math.floor(right * content.width));
    const colour = [...(expected as Buffer).subarray(at, at + 3)] as unknown as Rgb;
    expectRgb(rgbWithin(frame as Frame, right, 0.5), colour, 5);
  }
});

const video = sharedPath('data/videos/car-detection.mp4');
test.skipIf(!ffmpegExists || video === undefined)('a real recording (shared data)', async () => {
  const frames = await readFrames(openSource(video as string, { inputSize }));
  expect(frames).toHaveLength(377);
  await expectPictures(video as string, frames);
});

test.skipIf(!ffmpegExists)('an image is where and what a video of it is', async () => {
  const source = 'testsrc2=s=640x360:r=25:d=0.04';
  const [frame] = await readFrames(
    openSource(await clips.make('one.mkv', source, ...lossless, 'bgr0'), { inputSize }),
  );
  const image = await readImage(await clips.make('one.png', source), inputSize);
  expect(frame?.content).toEqual(image.content);
  expectSamePlace(
    interleaved(image, image.content),
    interleaved(frame as Frame, image.content),
    image.content,
  );
});

test('the bars of test: and of an RTSP camera have their colours', async () => {
  const server = await startRtspServer({ '/s': h264('smpte') });
  try {
    for (const uri of [
      'test:smpte?frames=9',
      server.url('/s'),
      'gst:videotestsrc pattern=smpte num-buffers=9',
    ]) {
      // A second of the stream at least: under load what comes before its first key frame is grey.
      const frame = (await readFrames(openSource(uri, { inputSize }), 30)).at(-1) as Frame;
      expect(brightestBorder(frame)).toBe(0);
      for (const [i, colour] of BARS.entries()) expectRgb(rgbWithin(frame, (i + 0.5) / 7, 0.3), colour, 12);
    }
  } finally {
    await server.close();
  }
});

async function expectPictures(clip: string, frames: readonly Frame[]): Promise<void> {
  const { content } = frames[0] as Frame;
  const expected = await decode(clip, content);
  expect(frames).toHaveLength(expected.length);
  for (const index of [0, 7, expected.length - 1]) {
    const frame = frames[index] as Frame;
    const picture = interleaved(frame, content);
    expectSamePlace(expected[index] as Buffer, picture, content);
    const there = compare(expected[index] as Buffer, picture);
    // GStreamer's fast conversion to RGB is up to two levels darker; a wrong matrix or range is off by more.
    expect(Math.abs(there.brighter)).toBeLessThan(3);
    // Scalers differ at edges.
    expect(there.spread).toBeLessThan(12);
    const neighbour = expected[index === 0 ? 1 : index - 1] as Buffer;
    if (!neighbour.equals(expected[index] as Buffer)) {
      expect(there.spread).toBeLessThan(compare(neighbour, picture).spread);
    }
    expect(brightestBorder(frame)).toBe(0);
  }
}
