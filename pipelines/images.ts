// Image files <-> frames, and pictures with an SVG drawn on them. The only owner of sharp.

import { constants } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { extname } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { monotonicMs } from '#common/clock.js';
import { CspcamError, expected } from '#common/errors.js';
import { writeWhole } from '#common/write-file.js';
import { kindOf } from './file-kind.js';
import type { Frame, InputSize, Rect, Size } from './frame.js';
import type { FramePool } from './frame-pool.js';
import { paddingOf, placeContent } from './letterbox.js';
import { type Masks, PrivacyPaint } from './masks.js';
import {
  isTooLarge,
  LARGEST_PICTURE,
  type LargestPicture,
  MOST_PICTURE_BYTES,
  sizeText,
} from './picture-size.js';

export interface ImageOptions {
  readonly pool?: FramePool | undefined;
  /** Of pixels; what has more is refused by its header, before it is decoded. Default 8K. */
  readonly largest?: LargestPicture | undefined;
  readonly masks?: Masks | undefined;
  /** What errors call contents that have no path. */
  readonly name?: string;
}

// No picture is made twice: libvips would keep up to 50 MB of the last ones.
sharp.cache(false);

/**
 * Filled as the input says, turned upright as EXIF says, transparent parts black.
 *
 * @param image path or contents of an image file
 * @throws CspcamError for an image that is missing, too large or unreadable
 */
export async function readImage(
  image: string | Buffer,
  input: InputSize,
  options: ImageOptions = {},
): Promise<Frame> {
  const { pool } = options;
  const { source, upright, sourceSize } = await open(image, options);
  const inputSize = { width: input.width, height: input.height };
  const content = placeContent(sourceSize, input);
  const interleaved = await upright
    // Linear as GStreamer's scaler is, so that images and videos of one scene look alike to a network.
    .resize(content.width, content.height, { fit: 'fill', kernel: 'linear', fastShrinkOnLoad: false })
    .raw()
    .toBuffer()
    .catch((cause: Error) => {
      throw unreadable(source, cause);
    });
  const planeBytes = inputSize.width * inputSize.height;
  const pixels = pool?.acquire(3 * planeBytes) ?? new ArrayBuffer(3 * planeBytes);
  const planes = new Uint8Array(pixels).fill(paddingOf(input)); // (3, H, W)
  for (let y = 0, from = 0; y < content.height; y++) {
    let to = (content.y + y) * inputSize.width + content.x;
    for (let x = 0; x < content.width; x++, to++) {
      planes[to] = interleaved[from++]!;
      planes[planeBytes + to] = interleaved[from++]!;
      planes[2 * planeBytes + to] = interleaved[from++]!;
    }
  }
  const privacy = new PrivacyPaint(options.masks?.privacy ?? []);
  const channels = [0, 1, 2].map((channel) =>
    planes.subarray(channel * planeBytes, (channel + 1) * planeBytes),
  );
  privacy.paint(channels, { stride: inputSize.width, content }, sourceSize);
  const capturedMonotonicMs = monotonicMs();
  const times = { capturedAtMs: Date.now(), capturedMonotonicMs, mediaTimeMs: 0, sequence: 0 };
  return { source, ...times, sourceSize, inputSize, content, pixels };
}

/**
 * A small drawing in black and white.
 *
 * @param svg a whole SVG document
 * @returns grey levels, (height, width)
 */
export async function greyTile(svg: string): Promise<{ readonly size: Size; readonly grey: Buffer }> {
  const { data, info } = await sharp(Buffer.from(svg))
    .flatten({ background: '#fff' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { size: { width: info.width, height: info.height }, grey: data };
}

/** Each that waits holds its pixels, some hundred kilobytes; a machine that is so far behind does not catch up by more. */
const MOST_WAITING = 32;

let lastEncoded: Promise<unknown> = Promise.resolve();
let waiting = 0;

/**
 * The source picture of a frame, without borders, at source size, as JPEG. One at a time: tracks end in groups, and each
 * picture that is drawn at the same time takes some 15 MB, which its threads keep for the next.
 *
 * @param svg drawn on it: a whole SVG document in source pixels
 */
export function encodeFrame(frame: Frame, svg?: string, quality = 85): Promise<Buffer> {
  return inTurn(() => encode(frame, svg, quality));
}

/** A part of the source picture of a frame, in source pixels, as JPEG. */
export function encodePart(frame: Frame, { x, y, width, height }: Rect, quality = 85): Promise<Buffer> {
  return inTurn(async () =>
    (await flattened(pictureOf(frame)))
      .extract({ left: x, top: y, width, height })
      .jpeg({ quality })
      .toBuffer(),
  );
}

/**
 * The source picture of a frame, without borders, as large as the frame has it: for who draws it at its own size. One at
 * a time with all others.
 *
 * @param largestWidth pixels; wider ones are scaled down
 */
export function encodeContent(frame: Frame, largestWidth: number, quality: number): Promise<Buffer> {
  const { content } = frame;
  const width = Math.min(content.width, largestWidth);
  const height = Math.max(1, Math.round((content.height * width) / content.width));
  return inTurn(() =>
    pictureOf({ ...frame, sourceSize: { width, height } })
      .jpeg({ quality })
      .toBuffer(),
  );
}

async function inTurn<Made>(make: () => Promise<Made>): Promise<Made> {
  if (waiting >= MOST_WAITING)
    throw expected(`at most ${MOST_WAITING} pictures that wait`, 'a picture', 'a further one');
  waiting++;
  const made = lastEncoded.then(make);
  lastEncoded = made.catch(() => {});
  try {
    return await made;
  } finally {
    waiting--;
  }
}

async function encode(frame: Frame, svg: string | undefined, quality: number): Promise<Buffer> {
  if (svg === undefined) return pictureOf(frame).jpeg({ quality }).toBuffer();
  const picture = await flattened(pictureOf(frame));
  return picture
    .composite([{ input: Buffer.from(svg), top: 0, left: 0 }])
    .jpeg({ quality })
    .toBuffer();
}

/** Quality, and width by that of the original: first less of the one, then of the other. */
const SMALLER = [
  [70, 1],
  [50, 1],
  [35, 1],
  [50, 0.7],
  [50, 0.5],
  [40, 0.35],
  [40, 0.25],
  [30, 0.125],
] as const;

/**
 * The same picture in fewer bytes; one at a time, as they are encoded.
 *
 * @returns nothing where it cannot be made so small
 * @throws CspcamError for what is no picture
 */
export function fitJpeg(jpeg: Buffer, maximumBytes: number): Promise<Buffer | undefined> {
  return inTurn(() => fit(jpeg, maximumBytes));
}

async function fit(jpeg: Buffer, maximumBytes: number): Promise<Buffer | undefined> {
  const { upright, sourceSize } = await open(jpeg, {});
  for (const [quality, part] of SMALLER) {
    const width = Math.max(1, Math.round(sourceSize.width * part));
    const smaller = await upright.clone().resize({ width }).jpeg({ quality }).toBuffer();
    if (smaller.byteLength <= maximumBytes) return smaller;
  }
  return undefined;
}

/**
 * Draws on a picture at source size and writes it, wholly or not at all.
 *
 * @param picture an image file, its contents, or a frame
 * @param svg a whole SVG document in source pixels
 * @param outFile ends in .jpg, .jpeg or .png
 * @throws CspcamError for an unreadable picture, another extension, or a file that cannot be written
 */
export async function annotate(
  picture: string | Buffer | Frame,
  svg: string,
  outFile: string,
  options: ImageOptions = {},
): Promise<void> {
  const format = extname(outFile).toLowerCase();
  if (!['.jpg', '.jpeg', '.png'].includes(format)) {
    throw expected('a name that ends in .jpg, .jpeg or .png', 'output file', outFile);
  }
  const isFile = typeof picture === 'string' || Buffer.isBuffer(picture);
  // sharp composites before it resizes, so that the scaled frame has to be made first.
  const base = isFile ? (await open(picture, options)).upright : await flattened(pictureOf(picture));
  const drawn = base.composite([{ input: Buffer.from(svg), top: 0, left: 0 }]).removeAlpha();
  const bytes = await (format === '.png' ? drawn.png() : drawn.jpeg({ quality: 90 }))
    .toBuffer()
    .catch((cause: Error) => {
      throw unreadable(typeof picture === 'string' ? picture : 'picture', cause);
    });
  await writeWhole(outFile, bytes);
}

/**
 * An SVG document as a picture of its own size.
 *
 * @param outFile ends in .png
 * @throws CspcamError for a file that cannot be written
 */
export async function writeSvgAsPng(svg: string, outFile: string): Promise<void> {
  await writeWhole(outFile, await sharp(Buffer.from(svg)).png().toBuffer());
}

async function open(
  image: string | Buffer,
  { largest = LARGEST_PICTURE, name = 'image' }: ImageOptions,
): Promise<{ source: string; upright: Sharp; sourceSize: Size }> {
  const source = typeof image === 'string' ? image : name;
  try {
    const contents = typeof image === 'string' ? await contentsOf(image) : image;
    if (kindOf(contents, source) !== 'picture')
      throw new Error('neither JPEG, PNG, WebP, GIF, TIFF nor AVIF');
    // Of the header alone.
    const { autoOrient: sourceSize } = await sharp(contents, { limitInputPixels: false }).metadata();
    if (isTooLarge(sourceSize, largest))
      throw expected(
        `no more pixels than ${sizeText(largest)} has`,
        source,
        `${sourceSize.width} x ${sourceSize.height}`,
      );
    const upright = sharp(contents, {
      failOn: 'error',
      limitInputPixels: largest.long * largest.short,
    })
      .autoOrient()
      .flatten({ background: '#000' })
      .toColourspace('srgb');
    return { source, upright, sourceSize };
  } catch (error) {
    if (error instanceof CspcamError) throw error;
    throw unreadable(source, error as NodeJS.ErrnoException);
  }
}

/** Of a file that may be anything, a pipe that nobody writes too: never more than is allowed, however it grows meanwhile. */
async function contentsOf(path: string): Promise<Buffer> {
  const file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    if (size > MOST_PICTURE_BYTES) throw expected(`at most ${MOST_PICTURE_BYTES} bytes`, path, `${size}`);
    const contents = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await file.read(contents, length, size - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return contents.subarray(0, length);
  } finally {
    await file.close();
  }
}

function unreadable(source: string, cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'ENOENT') return expected('an existing file', 'image', source, cause);
  const reason = cause.message.trim().split('\n')[0];
  return expected('an image that can be read', source, reason, cause);
}

/** Planar RGB within borders -> interleaved RGB at source size. */
function pictureOf({ content, inputSize, sourceSize, pixels }: Frame): Sharp {
  const planes = new Uint8Array(pixels); // (3, H, W)
  const planeBytes = inputSize.width * inputSize.height;
  const interleaved = Buffer.allocUnsafe(3 * content.width * content.height);
  for (let y = 0, to = 0; y < content.height; y++) {
    let from = (content.y + y) * inputSize.width + content.x;
    for (let x = 0; x < content.width; x++, from++) {
      interleaved[to++] = planes[from]!;
      interleaved[to++] = planes[planeBytes + from]!;
      interleaved[to++] = planes[2 * planeBytes + from]!;
    }
  }
  const { width, height } = content;
  return sharp(interleaved, { raw: { width, height, channels: 3 } }).resize(
    sourceSize.width,
    sourceSize.height,
    {
      fit: 'fill',
    },
  );
}

async function flattened(picture: Sharp): Promise<Sharp> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
}
