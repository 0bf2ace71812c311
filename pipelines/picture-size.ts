// `7680x4320` -> the largest picture that is taken: caps that hold a stream to it before anything is decoded, and a number
// of pixels. Pure.

import { expected } from '#common/errors.js';
import type { Size } from './frame.js';

/** Lying or upright. */
export interface LargestPicture {
  readonly long: number;
  readonly short: number;
}

export const PICTURE_SIZE = /^[1-9]\d{0,4}x[1-9]\d{0,4}$/;
/** 8K. */
export const LARGEST_PICTURE: LargestPicture = { long: 7680, short: 4320 };
export const DEFAULT_PICTURE_SIZE = '7680x4320';

/** @throws CspcamError @param where a key or option */
export function largestPicture(text: string, where: string): LargestPicture {
  if (!PICTURE_SIZE.test(text)) throw expected('a size like 7680x4320', where, text);
  const [short, long] = text
    .split('x')
    .map(Number)
    .sort((a, b) => a - b) as [number, number];
  return { long, short };
}

/** Of a file: sixteen bits of the four channels of 8K take half of it. */
export const MOST_PICTURE_BYTES = 1 << 29;

export function sizeText({ long, short }: LargestPicture): string {
  return `${long} x ${short}`;
}

/** A still picture may have any shape: one that is long and narrow takes no more memory. */
export function isTooLarge({ width, height }: Size, { long, short }: LargestPicture): boolean {
  return width * height > long * short;
}

/**
 * What cameras, telephones, browsers and editors record. Demuxers and parsers of them tell the size; decoders of other
 * formats, which were made for old games and the like, are an attack surface and little else.
 */
const DECODED = [
  ...['h264', 'h265', 'vp8', 'vp9', 'av1', 'theora', 'h263', 'divx', 'xvid', 'msmpeg', 'wmv'],
  ...['flash-video', 'vp6', 'vp6-flash', 'prores', 'dnxhd', 'cineform', 'ffv', 'huffyuv'],
  ...['gst-av-ffvhuff', 'dv', 'cinepak', 'svq', 'raw'],
].map((name) => `video/x-${name}`);
const DECODED_CAPS = [...DECODED, 'video/mpeg', 'image/jpeg', 'image/png', 'image/bmp', 'image/webp'];

/** A caps filter that takes no larger pictures, and none whose size is not told. */
export function upTo({ long, short }: LargestPicture, ...kinds: readonly string[]): string {
  const fits = (kind: string, width: number, height: number) =>
    `${kind},width=(int)[1,${width}],height=(int)[1,${height}]`;
  const caps = kinds.flatMap((kind) => [fits(kind, long, short), fits(kind, short, long)]);
  return `capsfilter caps="${caps.join(';')}"`;
}

/**
 * A stream or file of any container -> its first video track, parsed, no larger than that. A decoder takes memory for
 * whatever a stream says that it is.
 */
export function trackUpTo(largest: LargestPicture): string {
  // A filter would find a picture that is too large not to be video: typefind does not ask what comes after it.
  return `parsebin ! capsfilter caps="${DECODED_CAPS.join(';')}" ! typefind ! ${upTo(largest, ...DECODED_CAPS)}`;
}

/** What has been decoded, in whatever memory it is. */
export function decodedUpTo(largest: LargestPicture): string {
  return upTo(largest, 'video/x-raw(ANY)');
}
