// Two sources that differ within their privacy masks alone -> the same bytes, whatever reads them; beyond the masks the
// picture as it is without them.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Frame, Resize, Size } from '../../../pipelines/frame.js';
import { encodeFrame, readImage } from '../../../pipelines/images.js';
import type { Masks } from '../../../pipelines/masks.js';
import { openSource } from '../../../pipelines/open.js';
import { startCamera } from '../../support/cameras.js';
import { type Clips, ffmpegExists, makeClips } from '../../support/clips.js';
import { HttpCamera, motionJpeg } from '../../support/http-camera.js';
import { nearPixels, starOf } from '../../support/polygons.js';
import { readFrames } from '../../support/reading.js';
import { h264, startRtspServer } from '../../support/rtsp-server.js';
import { random as randomFrom } from '../../support/small-networks.js';

const privacy = [
  starOf(9, 21),
  [
    [0.8, 0.7513],
    [1, 0.70291],
    [1, 1],
    [0.85, 1],
  ],
] as const;
const masks: Masks = { privacy, motion: [] };

let clips: Clips;
beforeAll(async () => {
  clips = await makeClips();
});
afterAll(() => clips.close());

/** Noise, and other noise in the polygons, as hard as it can be for a scaler to keep apart. */
async function pair({ width, height }: Size): Promise<[Buffer, Buffer]> {
  const random = randomFrom(width);
  const noise = () =>
    Buffer.from(Uint8Array.from({ length: 3 * width * height }, () => (random() < 0.5 ? 0 : 255)));
  // Pixels whose whole square lies within: what the masks cover of the source for sure.
  const within = nearPixels(privacy, { width, height }, 0.01);
  const [one, secret] = [noise(), noise()];
  const other = Buffer.from(one.map((byte, i) => (within[Math.floor(i / 3)] ? secret[i]! : byte)));
  const png = (pixels: Buffer) =>
    sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
  return [await png(one), await png(other)];
}

/** The same as a recording of four frames. */
async function recording(name: string, picture: Buffer, ...encoder: string[]): Promise<string> {
  const still = join(clips.folder, `${name}.png`);
  await writeFile(still, picture);
  return clips.make(`${name}.mkv`, still, '-vf', 'loop=3:1,setpts=N/25/TB', '-r', '25', ...encoder);
}

const near = new Map<string, Uint8Array>();
function nearMasks({ width, height }: Size, reach: number): Uint8Array {
  const key = `${width}x${height}, ${reach}`;
  const found = near.get(key) ?? nearPixels(privacy, { width, height }, reach);
  near.set(key, found);
  return found;
}

/**
 * @param plain the same without masks
 * @param tolerance of levels, where two captures of one scene differ
 */
function expectMasked(masked: Frame, plain: Frame, tolerance = 0): void {
  expect(masked.content).toEqual(plain.content);
  expect(masked.sourceSize).toEqual(plain.sourceSize);
  const { content, inputSize, sourceSize } = masked;
  const scale = Math.max(1, content.width / sourceSize.width, content.height / sourceSize.height);
  const within = nearMasks(content, 0.5);
  const spread = nearMasks(content, 2 * scale);
  const [painted, whole] = [new Uint8Array(masked.pixels), new Uint8Array(plain.pixels)];
  const wrong = { leaked: 0, lost: 0, black: 0 };
  for (let i = 0; i < painted.length; i++) {
    const at = i % (inputSize.width * inputSize.height);
    const [x, y] = [(at % inputSize.width) - content.x, Math.floor(at / inputSize.width) - content.y];
    const isIn = x >= 0 && y >= 0 && x < content.width && y < content.height;
    const pixel = y * content.width + x;
    if (isIn && within[pixel]) {
      wrong.black++;
      wrong.leaked += Number(painted[i] !== 0);
    } else if (!isIn || !spread[pixel]) wrong.lost += Number(Math.abs(painted[i]! - whole[i]!) > tolerance);
  }
  expect(wrong).toMatchObject({ leaked: 0, lost: 0 });
  expect(wrong.black).toBeGreaterThan(content.width * content.height * 0.1);
}

const bytes = ({ pixels }: Frame) => Buffer.from(pixels);
const isSame = (one: Frame, other: Frame) => bytes(one).equals(bytes(other));

const cases: [string, Size, Resize | undefined][] = [
  ['wide, letterboxed', { width: 322, height: 180 }, undefined],
  [
    'upright, at the top left on grey',
    { width: 180, height: 321 },
    { kind: 'letterbox', align: 'top-left', padding: 114 },
  ],
  ['wide, stretched', { width: 320, height: 180 }, { kind: 'stretch' }],
  ['small, of an odd width, enlarged', { width: 67, height: 45 }, undefined],
];
const lossless = ['-c:v', 'ffv1', '-pix_fmt'];

test.runIf(ffmpegExists).each(cases)('a recording, %s', async (_, size, resize) => {
  const inputSize = { width: 160, height: 128, ...(resize && { resize }) };
  const [one, other] = await pair(size);
  const clip = await recording('one', one, ...lossless, 'bgr0');
  const twin = await recording('other', other, ...lossless, 'bgr0');
  const plain = await readFrames(openSource(clip, { inputSize }));
  const masked = await readFrames(openSource(clip, { inputSize, masks }));
  const hidden = await readFrames(openSource(twin, { inputSize, masks }));
  expect([plain.length, masked.length, hidden.length]).toEqual([4, 4, 4]);
  expectMasked(masked[0]!, plain[0]!);
  expect([...masked, ...hidden].map((frame) => isSame(frame, masked[0]!))).toEqual(Array(8).fill(true));
  // What is hidden shows without masks, or the test could not fail.
  const [open] = await readFrames(openSource(twin, { inputSize }), 1);
  expect(isSame(open!, plain[0]!)).toBe(false);
});

test.each(cases)('a still picture, %s', async (_, size, resize) => {
  const inputSize = { width: 160, height: 128, ...(resize && { resize }) };
  const [one, other] = await pair(size);
  const masked = await readImage(one, inputSize, { masks });
  const plain = await readImage(one, inputSize);
  expectMasked(masked, plain);
  expect(isSame(await readImage(other, inputSize, { masks }), masked)).toBe(true);
  expect(isSame(await readImage(other, inputSize), plain)).toBe(false);
});

test.runIf(ffmpegExists)('colour on a coarser grid tells nothing either', async () => {
  // Colour and brightness are told apart by the rows of the box, which begins and ends with a pixel of colour.
  const box = [
    [0.25, 0.25],
    [0.75, 0.25],
    [0.75, 0.75],
    [0.25, 0.75],
  ] as const;
  const make = (name: string, colour: string) =>
    clips.make(
      name,
      `testsrc2=s=320x160:r=25:d=0.2,format=yuv420p,drawbox=x=80:y=40:w=160:h=80:c=${colour}:t=fill`,
      ...[...lossless, 'yuv420p'],
    );
  const [red, green] = [await make('red.mkv', 'red'), await make('green.mkv', 'green')];
  for (const inputSize of [
    { width: 160, height: 160 },
    { width: 304, height: 160 },
    { width: 416, height: 416 },
  ]) {
    const read = async (clip: string) =>
      (await readFrames(openSource(clip, { inputSize, masks: { privacy: [box], motion: [] } }), 1))[0]!;
    expect(isSame(await read(green), await read(red)), `${inputSize.width}`).toBe(true);
  }
});

test.runIf(ffmpegExists)('a full picture, as it is taken of a recording for people', async () => {
  const size = { width: 322, height: 180 };
  const [one, other] = await pair(size);
  const [clip, twin] = [
    await recording('one', one, ...lossless, 'bgr0'),
    await recording('other', other, ...lossless, 'bgr0'),
  ];
  const inputSize = { width: 324, height: 180 };
  const [plain] = await readFrames(openSource(clip, { inputSize }), 1);
  const [masked] = await readFrames(openSource(clip, { inputSize, masks }), 1);
  const [hidden] = await readFrames(openSource(twin, { inputSize, masks }), 1);
  expectMasked(masked!, plain!);
  const [shown, secret] = [await encodeFrame(masked!), await encodeFrame(hidden!)];
  expect(shown.equals(secret)).toBe(true);
});

test.runIf(ffmpegExists)(
  'a source that changes its size, there and back: no frame without its masks',
  async () => {
    const sizes = ['320x180', '240x240', '152x200', '320x180'];
    const parts = await Promise.all(
      sizes.map((size, i) =>
        clips.make(`part-${i}.ts`, `color=white:s=${size}:r=25:d=0.6`, '-c:v', 'mpeg2video', '-q:v', '3'),
      ),
    );
    const file = join(clips.folder, 'joined.ts');
    await writeFile(file, Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
    const inputSize = { width: 160, height: 128 };
    const seen: string[] = [];
    await readFrames(openSource(file, { inputSize, masks }), undefined, (frame) => {
      const { width, height } = frame.sourceSize;
      if (seen.at(-1) !== `${width}x${height}`) seen.push(`${width}x${height}`);
      expectMasked(frame, allWhite(frame), 40);
    });
    expect(seen).toEqual(sizes);
  },
);

/** Borders as they are. */
function allWhite(frame: Frame): Frame {
  const { inputSize, content } = frame;
  const pixels = new Uint8Array(frame.pixels.byteLength);
  const plane = inputSize.width * inputSize.height;
  for (let channel = 0; channel < 3; channel++)
    for (let row = content.y; row < content.y + content.height; row++) {
      const from = channel * plane + row * inputSize.width + content.x;
      pixels.fill(255, from, from + content.width);
    }
  return { ...frame, pixels: pixels.buffer };
}

/** The first frame that a camera of the daemon gives. */
async function cameraFrame(uri: string): Promise<Frame> {
  let first: Frame | undefined;
  const running = startCamera(uri, {
    inputSize: { width: 160, height: 128 },
    masks,
    motion: { lookEveryMs: 1000, keepLookingMs: 2000 },
    stallTimeoutMs: 60_000,
    onFrame: (frame) => {
      first ??= frame;
    },
  });
  try {
    await running.until('a frame', () => first !== undefined);
    return first!;
  } finally {
    await running.close();
  }
}

test.each([
  [1, { width: 320, height: 180 }],
  [3, { width: 320, height: 180 }],
  [6, { width: 180, height: 320 }],
  [8, { width: 180, height: 320 }],
])(
  'a picture whose tag says how it is turned (%i): masks lie on what is seen',
  async (orientation, upright) => {
    const white = sharp({ create: { width: 320, height: 180, channels: 3, background: '#fff' } });
    const jpeg = await white.withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
    const file = join(clips.folder, `turned-${orientation}.jpg`);
    await writeFile(file, jpeg);
    const still = await readImage(file, { width: 160, height: 128 }, { masks });
    const captured = await cameraFrame(file);
    for (const frame of [still, captured]) {
      expect(frame.sourceSize).toEqual(upright);
      expectMasked(frame, allWhite(frame), 5);
    }
  },
);

test('a camera over RTSP, and one that sends JPEG over HTTP', async () => {
  const server = await startRtspServer({ '/s': h264('white', 320, 180) });
  const white = sharp({ create: { width: 320, height: 180, channels: 3, background: '#fff' } });
  const jpeg = await white.jpeg().toBuffer();
  const http = await HttpCamera.start(motionJpeg(jpeg));
  try {
    for (const uri of [server.url('/s'), http.url('/video.mjpg')]) {
      const frame = await cameraFrame(uri);
      expect(frame.sourceSize).toEqual({ width: 320, height: 180 });
      expectMasked(frame, allWhite(frame), 40);
    }
  } finally {
    await http.close();
    await server.close();
  }
});

test('what moves within a motion mask, or a privacy mask, does not wake; beyond it does', async () => {
  const whole = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] as const;
  const watch = async (of: Masks) => {
    const running = startCamera('test:ball?width=320&height=180&fps=20', {
      masks: of,
      motion: { lookEveryMs: 1000, keepLookingMs: 300 },
    });
    try {
      // Three seconds of the source, whatever the machine takes for them.
      await running.until('60 frames', () => running.captured() > 60);
      return running.latest()!.skipped ?? 0;
    } finally {
      await running.close();
    }
  };
  expect(await watch({ privacy: [], motion: [] })).toBeLessThan(10);
  expect(await watch({ privacy: [], motion: [whole] })).toBeGreaterThan(20);
  expect(await watch({ privacy: [whole], motion: [] })).toBeGreaterThan(20);
});
