// Pictures and videos that are larger than may be decoded, of every codec and in every way they come -> refused by what
// they say of themselves; those that just fit are read.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp, { type FormatEnum } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annotate, readImage } from '../../../pipelines/images.js';
import { openSource } from '../../../pipelines/open.js';
import { largestPicture } from '../../../pipelines/picture-size.js';
import { callingItself, clipOf } from '../../support/access-units.js';
import { startCamera } from '../../support/cameras.js';
import { type Clips, makeClips } from '../../support/clips.js';
import { readFrames } from '../../support/reading.js';
import { type RtspServer, startRtspServer } from '../../support/rtsp-server.js';

const inputSize = { width: 96, height: 96 };
const TOO_LARGE = 'received pictures larger than maxPictureSize allows';
const FITS = largestPicture('320x240', 'test');
const SMALLER = largestPicture('319x240', 'test');

let clips: Clips;
let server: RtspServer;
const live = (encode: string) =>
  `videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=10/1 ! ${encode} name=pay0`;
const RTP = {
  '/h264': live('openh264enc gop-size=5 ! h264parse ! rtph264pay config-interval=1'),
  '/jpeg': live('jpegenc ! rtpjpegpay'),
  '/vp8': live('vp8enc deadline=1 keyframe-max-dist=5 ! rtpvp8pay'),
  '/vp9': live('vp9enc deadline=1 cpu-used=8 keyframe-max-dist=5 ! rtpvp9pay'),
} as const;
beforeAll(async () => {
  clips = await makeClips();
  server = await startRtspServer(RTP);
});
afterAll(async () => {
  await clips.close();
  await server.close();
});

const read = (uri: string, largest = FITS) => readFrames(openSource(uri, { inputSize, largest }), 3);

describe.each<[string, string, ...options: string[]]>([
  ['H.264', 'a.mp4', '-c:v', 'libx264'],
  ['H.265', 'a.mkv', '-c:v', 'libx265', '-x265-params', 'log-level=none'],
  ['VP8', 'a.webm', '-c:v', 'libvpx'],
  ['VP9', 'b.webm', '-c:v', 'libvpx-vp9', '-deadline', 'realtime'],
  ['AV1', 'c.mkv', '-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime'],
  ['MJPEG', 'a.avi', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'],
  ['MPEG-2', 'a.ts', '-c:v', 'mpeg2video'],
  ['ProRes', 'a.mov', '-c:v', 'prores', '-pix_fmt', 'yuv422p10le'],
  ['FFV1', 'd.mkv', '-c:v', 'ffv1'],
])('%s', (_, name, ...options) => {
  test('one column too many is refused', async () => {
    const clip = await clips.make(name, 'testsrc2=s=320x240:r=25:d=0.2', '-pix_fmt', 'yuv420p', ...options);
    expect((await read(clip)).length).toBe(3);
    await expect(read(clip, SMALLER)).rejects.toThrow(TOO_LARGE);
  });
});

test('upright as lying', async () => {
  const clip = await clips.make('upright.mp4', 'testsrc2=s=240x320:r=25:d=0.2', '-pix_fmt', 'yuv420p');
  expect((await read(clip)).length).toBe(3);
  await expect(read(clip, SMALLER)).rejects.toThrow(TOO_LARGE);
});

test.each(Object.keys(RTP))('RTP %s', async (path) => {
  expect((await read(server.url(path))).length).toBe(3);
  await expect(read(server.url(path), SMALLER)).rejects.toThrow(TOO_LARGE);
});

test('a stream of 16384 x 16384 takes no memory, and the camera has a class', async () => {
  const clip = callingItself({ width: 16_384, height: 16_384 }, await clipOf({ frames: 10 }));
  const file = join(clips.folder, 'huge.h264');
  const start = Buffer.from([0, 0, 0, 1]);
  await writeFile(file, Buffer.concat(clip.units.flatMap((unit) => unit.flatMap((nal) => [start, nal]))));
  await expect(read(file)).rejects.toThrow(TOO_LARGE);
  const camera = startCamera(file, { stallTimeoutMs: 30_000 });
  await camera.until('refused', () => camera.camera.status.state === 'retrying');
  expect(camera.camera.status).toMatchObject({
    failure: 'decode',
    message: expect.stringContaining('maxPictureSize'),
  });
  await camera.close();
});

const HUGE = 16_384;

/** A picture of a few bytes whose header says that it is of a thousand megabytes. */
const LIARS: readonly (readonly [keyof FormatEnum, spoil: (small: Buffer) => void, huge: number])[] = [
  [
    'png',
    (bytes) => {
      bytes.writeUInt32BE(HUGE, 16);
      bytes.writeUInt32BE(HUGE, 20);
      bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    },
    HUGE,
  ],
  [
    'jpeg',
    (bytes) => {
      const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
      bytes.writeUInt16BE(HUGE, frame + 5);
      bytes.writeUInt16BE(HUGE, frame + 7);
    },
    HUGE,
  ],
  [
    'webp',
    (bytes) => {
      const start = bytes.indexOf(Buffer.from([0x9d, 0x01, 0x2a]));
      bytes.writeUInt16LE(HUGE - 1, start + 3);
      bytes.writeUInt16LE(HUGE - 1, start + 5);
    },
    HUGE - 1,
  ],
  [
    'avif',
    (bytes) => {
      const extents = bytes.indexOf('ispe');
      bytes.writeUInt32BE(HUGE, extents + 8);
      bytes.writeUInt32BE(HUGE, extents + 12);
    },
    HUGE,
  ],
  [
    'tiff',
    (bytes) => {
      const directory = bytes.readUInt32LE(4);
      for (let i = 0; i < bytes.readUInt16LE(directory); i++) {
        const entry = directory + 2 + 12 * i;
        if ([256, 257].includes(bytes.readUInt16LE(entry))) bytes.writeUInt32LE(HUGE, entry + 8);
      }
    },
    HUGE,
  ],
];

describe.each<(typeof LIARS)[number]>(LIARS)('a picture (%s) that says it is huge', (format, spoil, huge) => {
  test('is refused by its header, wherever pictures are read', async () => {
    const bytes = await sharp({ create: { width: 24, height: 16, channels: 3, background: '#888' } })
      .toFormat(format as 'png')
      .toBuffer();
    spoil(bytes);
    const file = join(clips.folder, `huge.${format}`);
    await writeFile(file, bytes);
    const before = process.memoryUsage.rss();
    const line = `expected no more pixels than 7680 x 4320 has for ${file}, received ${huge} x ${huge}`;
    await expect(readFrames(openSource(file, { inputSize }))).rejects.toThrow(line);
    await expect(readImage(file, inputSize)).rejects.toThrow(line);
    await expect(annotate(file, '<svg/>', join(clips.folder, 'out.png'))).rejects.toThrow(line);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200e6);
  });
});

test('a picture up to the limit is read, of any shape', async () => {
  for (const [width, height] of [
    [320, 240],
    [2400, 32],
  ] as const) {
    const file = join(clips.folder, `${width}.png`);
    await writeFile(
      file,
      await sharp({ create: { width, height, channels: 3, background: '#888' } })
        .png()
        .toBuffer(),
    );
    expect((await read(file)).length).toBe(1);
    await expect(read(file, SMALLER)).rejects.toThrow('expected no more pixels than 319 x 240 has');
  }
});

test('an SVG is no picture, whoever reads it', async () => {
  const file = join(clips.folder, 'a.svg');
  await writeFile(file, '<svg xmlns="http://www.w3.org/2000/svg" width="16384" height="16384"/>');
  await expect(readImage(file, inputSize)).rejects.toThrow('received XML or HTML');
});
