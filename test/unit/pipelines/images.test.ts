// Image files of every sort -> frames; frames and overlays -> image files.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CspcamError } from '#common/errors.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { annotate, encodeFrame, fitJpeg, readImage } from '../../../pipelines/images.js';
import {
  borderLevels,
  brightestBorder,
  expectRgb,
  type Rgb,
  rgbAt,
  rgbWithin,
} from '../../support/pixels.js';
import { random } from '../../support/small-networks.js';

const red: Rgb = [255, 0, 0];
const green: Rgb = [0, 255, 0];
const blue: Rgb = [0, 0, 255];
const white: Rgb = [255, 255, 255];
const inputSize = { width: 64, height: 64 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'images-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Top left red, top right green, below blue and white. */
function quarters(width = 200, height = 100): Sharp {
  const data = Buffer.alloc(3 * width * height);
  for (let at = 0; at < width * height; at++) {
    const [left, top] = [at % width < width / 2, at < (width * height) / 2];
    data.set(top ? (left ? red : green) : left ? blue : white, 3 * at);
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

test('letterboxed on black, planar red, green, blue', async () => {
  const frame = await readImage(await quarters().png().toBuffer(), inputSize);
  expect(frame).toMatchObject({
    sequence: 0,
    mediaTimeMs: 0,
    sourceSize: { width: 200, height: 100 },
    inputSize,
    content: { x: 0, y: 16, width: 64, height: 32 },
  });
  expect(frame.pixels.byteLength).toBe(3 * 64 * 64);
  expect([rgbAt(frame, 5, 18), rgbAt(frame, 58, 18), rgbAt(frame, 5, 45), rgbAt(frame, 58, 45)]).toEqual([
    red,
    green,
    blue,
    white,
  ]);
  // To the very edge of the content, and not a pixel further.
  expect([rgbAt(frame, 0, 16), rgbAt(frame, 63, 47)]).toEqual([red, white]);
  expect(brightestBorder(frame)).toBe(0);
});

test.each([
  ['at the top left, on grey', { kind: 'letterbox', align: 'top-left', padding: 114 }, [0, 0, 64, 32]],
  ['centred, on white', { kind: 'letterbox', align: 'centre', padding: 255 }, [0, 16, 64, 32]],
  ['stretched', { kind: 'stretch' }, [0, 0, 64, 64]],
] as const)('%s', async (_, resize, [x, y, width, height]) => {
  const model = { ...inputSize, name: 'images', resize };
  const frame = await readImage(await quarters().png().toBuffer(), model);
  // Nothing else of the model is in a frame: its size is published.
  expect(frame.inputSize).toEqual(inputSize);
  expect(frame.content).toEqual({ x, y, width, height });
  const corners: readonly [left: number, top: number, Rgb][] = [
    [0.05, 0.05, red],
    [0.95, 0.05, green],
    [0.05, 0.95, blue],
    [0.95, 0.95, white],
  ];
  for (const [left, top, colour] of corners) expect(rgbWithin(frame, left, top)).toEqual(colour);
  expect(borderLevels(frame)).toEqual(resize.kind === 'stretch' ? [] : [resize.padding]);
  // Back at source size nothing tells how it was placed.
  const { data } = await sharp(await encodeFrame(frame))
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (const [left, top, colour] of corners) {
    const at = 3 * (Math.floor(100 * top) * 200 + Math.floor(200 * left));
    expectRgb([...data.subarray(at, at + 3)] as unknown as Rgb, colour, 12);
  }
});

test('a buffer from the pool is cleared before', async () => {
  const pool = new FramePool();
  const used = new ArrayBuffer(3 * 64 * 64);
  new Uint8Array(used).fill(77);
  pool.release(used);
  const frame = await readImage(await quarters().png().toBuffer(), inputSize, { pool });
  expect(frame.pixels).toBe(used);
  expect(brightestBorder(frame)).toBe(0);
});

// What the tag says of the stored picture, and its corners once upright.
test.each([
  [1, 'upright', [red, green, blue, white]],
  [2, 'mirrored', [green, red, white, blue]],
  [3, 'upside down', [white, blue, green, red]],
  [4, 'flipped', [blue, white, red, green]],
  [5, 'transposed', [red, blue, green, white]],
  [6, 'turn clockwise', [blue, red, white, green]],
  [7, 'transversed', [white, green, blue, red]],
  [8, 'turn anticlockwise', [green, white, red, blue]],
] as const)('EXIF orientation %i, %s', async (orientation, _, corners) => {
  const jpeg = await quarters().withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
  const frame = await readImage(jpeg, inputSize);
  const [width, height] = orientation < 5 ? [200, 100] : [100, 200];
  expect(frame.sourceSize).toEqual({ width, height });
  const places = [
    [0.2, 0.2],
    [0.8, 0.2],
    [0.2, 0.8],
    [0.8, 0.8],
  ] as const;
  for (const [i, [right, down]] of places.entries())
    expectRgb(rgbWithin(frame, right, down), corners[i]!, 12);
});

const grey = (level: number) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: '#808080' } }).linear(level / 128, 0);

test.each<[string, () => Sharp, Rgb]>([
  ['one pixel', () => quarters(1, 1).png(), red],
  ['a wide line', () => quarters(3000, 1).png(), red],
  ['grey', () => grey(100).toColourspace('b-w').png(), [100, 100, 100]],
  ['16 bits', () => grey(100).toColourspace('rgb16').png(), [100, 100, 100]],
  ['16 bits grey', () => grey(100).toColourspace('grey16').png(), [100, 100, 100]],
  ['a palette', () => quarters().png({ palette: true }), red],
  [
    'CMYK, whose red is that of ink',
    () => quarters().toColourspace('cmyk').jpeg({ quality: 95 }),
    [235, 14, 28],
  ],
  ['WebP', () => quarters().webp({ lossless: true }), red],
  ['TIFF', () => quarters().tiff(), red],
  ['GIF', () => quarters().gif(), red],
  [
    'half transparent on black',
    () =>
      sharp({
        create: { width: 4, height: 4, channels: 4, background: { r: 200, g: 100, b: 0, alpha: 0.5 } },
      }).png(),
    [100, 50, 0],
  ],
])('%s', async (_, make, colour) => {
  const frame = await readImage(await make().toBuffer(), inputSize);
  expectRgb(rgbWithin(frame, 0.1, 0.1), colour, 20);
});

test('what is no image says so in one line', async () => {
  const jpeg = await quarters(2000, 2000).jpeg().toBuffer();
  const cases: [string, Buffer, string][] = [
    ['cut.jpg', jpeg.subarray(0, jpeg.length / 2), 'expected an image that can be read'],
    ['empty.png', Buffer.alloc(0), 'expected an image that can be read'],
    ['text.png', Buffer.from('no picture at all'), 'expected an image that can be read'],
  ];
  for (const [name, bytes, message] of cases) {
    const file = join(folder, name);
    await writeFile(file, bytes);
    const error = await readImage(file, inputSize).catch((thrown: unknown) => thrown);
    expect(error, name).toBeInstanceOf(CspcamError);
    expect((error as Error).message).toContain(`${message} for ${file}, received `);
    expect((error as Error).message).not.toContain('\n');
  }
  await expect(readImage(join(folder, 'none.jpg'), inputSize)).rejects.toThrow('expected an existing file');
  await expect(readImage(folder, inputSize)).rejects.toThrow('EISDIR');
});

test('a frame becomes a picture of the source size again', async () => {
  const frame = await readImage(await quarters(300, 60).png().toBuffer(), { width: 320, height: 320 });
  const { data, info } = await sharp(await encodeFrame(frame))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 300, height: 60, channels: 3 });
  const at = (x: number, y: number) => [...data.subarray(3 * (y * 300 + x)).subarray(0, 3)] as unknown as Rgb;
  expectRgb(at(5, 5), red, 12);
  expectRgb(at(290, 5), green, 12);
  expectRgb(at(5, 55), blue, 12);
});

const square =
  '<svg width="200" height="100"><rect x="150" y="60" width="20" height="20" fill="#102030"/></svg>';

test.each(['out.png', 'out.jpg', 'out.JPEG'])('an overlay in source pixels, written to %s', async (name) => {
  const picture = await quarters().png().toBuffer();
  const frame = await readImage(picture, { width: 320, height: 320 });
  for (const base of [picture, frame]) {
    const file = join(folder, name);
    await annotate(base, square, file);
    const { data, info } = await sharp(await readFile(file))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([200, 100]);
    const at = (x: number, y: number) =>
      [...data.subarray(3 * (y * 200 + x)).subarray(0, 3)] as unknown as Rgb;
    expectRgb(at(160, 70), [16, 32, 48], 12);
    expectRgb(at(140, 70), white, 12);
    expectRgb(at(20, 20), red, 12);
  }
});

test('another extension or a place that does not exist leaves nothing behind', async () => {
  const picture = await quarters().png().toBuffer();
  const before = await readdir(folder);
  await expect(annotate(picture, square, join(folder, 'out.gif'))).rejects.toThrow(
    'expected a name that ends in .jpg, .jpeg or .png for output file',
  );
  await expect(annotate(picture, square, join(folder, 'none/out.png'))).rejects.toThrow('received ENOENT');
  expect(await readdir(folder)).toEqual(before);
});

test('a JPEG is made to fit: less of quality first, then of size, and nothing where that is not enough', async () => {
  const size = { width: 640, height: 360, channels: 3 } as const;
  // Noise compresses badly: the worst that a camera can show.
  const next = random(1);
  const noise = Buffer.from(Uint8Array.from({ length: 3 * 640 * 360 }, () => 256 * next()));
  const jpeg = await sharp(noise, { raw: size }).jpeg({ quality: 85 }).toBuffer();
  const widths: (number | undefined)[] = [];
  for (const part of [0.8, 0.5, 0.3, 0.1, 0.02]) {
    const maximumBytes = Math.floor(part * jpeg.byteLength);
    const smaller = await fitJpeg(jpeg, maximumBytes);
    expect(smaller?.byteLength).toBeLessThanOrEqual(maximumBytes);
    const { format, width, height } = await sharp(smaller).metadata();
    expect(format).toBe('jpeg');
    expect(Math.abs(width * 9 - height * 16)).toBeLessThanOrEqual(16);
    widths.push(width);
  }
  expect(widths[0]).toBe(640);
  expect(widths.at(-1)).toBeLessThan(200);
  expect(widths).toEqual(widths.toSorted((a, b) => b! - a!));
  expect(await fitJpeg(jpeg, 200)).toBeUndefined();
  await expect(fitJpeg(Buffer.from('no picture'), 200)).rejects.toThrow('expected an image that can be read');
});

test('pictures that cannot be encoded in time are refused, not gathered', async () => {
  const red = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#f00' } })
    .png()
    .toBuffer();
  const frame = await readImage(red, { width: 64, height: 48 });
  const all = await Promise.allSettled(Array.from({ length: 40 }, () => encodeFrame(frame)));
  const isMade = (one: { status: string }) => one.status === 'fulfilled';
  expect(all.findIndex((one) => !isMade(one))).toBe(32);
  expect(all.filter(isMade)).toHaveLength(32);
  expect((await encodeFrame(frame)).byteLength).toBeGreaterThan(0);
});
