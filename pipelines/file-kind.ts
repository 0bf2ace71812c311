// First bytes of a file -> a still picture, or what GStreamer decides on. Names do not count: cameras and people give
// files all kinds.

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { type CspcamError, expected } from '#common/errors.js';

/** A `row` is one of pictures, each of which may have a size of its own: a video otherwise. */
export type FileKind = 'picture' | 'row' | 'video';

/** Enough for every signature below. */
const SIGNATURE_BYTES = 64;

const JPEG = /^\xff\xd8\xff/;
const PICTURES: readonly RegExp[] = [
  JPEG,
  /^\x89PNG\r\n/,
  /^GIF8[79]a/,
  /^RIFF.{4}WEBP/s,
  /^(II[*+]\0|MM\0[*+])/,
  /^.{4}ftypavi[fs]/s,
  // Of a family of formats, with this one among those that the file follows.
  /^.{4}ftyp(mif1|msf1).*avif/s,
];

/** What is neither, with what to do about it. Lists and descriptions make a player open whatever they name. */
const REFUSED: readonly (readonly [signature: RegExp, what: string])[] = [
  [
    /^.{4}ftyp(hei[cfmsx]|hev[cmsx]|(mif1|msf1)(?!.*avif))/s,
    'HEIC, which cannot be decoded here: save it as JPEG',
  ],
  [
    /^(II\*\0.{4}CR|.{4}ftypcrx |FUJIFILMCCD-RAW|IIRO|IIU\0)/s,
    'a raw photograph, which cannot be decoded here: save it as JPEG',
  ],
  [/^(\xff\n|\0\0\0\fJXL )/, 'JPEG XL, which cannot be decoded here: save it as JPEG'],
  [/^(\xffO\xffQ|\0\0\0\fjP {2})/, 'JPEG 2000, which cannot be decoded here: save it as JPEG'],
  [/^8BPS/, 'a Photoshop document: save it as JPEG'],
  [/^(PK[^ -~]{2}|[^ -~]\x8b|7z\xbc\xaf|Rar!)/, 'an archive: unpack it'],
  [/^BM.{4}\0\0\0\0/s, 'a bitmap (BMP): save it as PNG'],
  [/^%PDF/, 'a PDF document'],
  [
    /^\xef?\xbb?\xbf?\s*#EXTM3U/,
    'a playlist (M3U8), which names other addresses: give its own address, ending in #hls',
  ],
  [
    /^\xef?\xbb?\xbf?\s*(\[(playlist|reference)\]|ffconcat version|RTSPtext|SMILtext|file '|(#[^\n]*\n\s*)*(https?|rtsps?|mms|file):\/\/)/i,
    'a playlist, which names other addresses: give the address of the stream',
  ],
  [/^v=0\r?\n/, 'a session description (SDP), which names other addresses: give the address of the camera'],
  [/^\xef?\xbb?\xbf?\s*(<\?xml|<svg|<!doctype|<html|<mpd|<smil|<asx|<playlist)/i, 'XML or HTML'],
];

/** @param bytes the first of a file @param name whose extension tells one picture from many in a row */
export function kindOf(bytes: Buffer, name: string): FileKind {
  const text = bytes.toString('latin1', 0, SIGNATURE_BYTES);
  const refused = REFUSED.find(([signature]) => signature.test(text));
  if (refused !== undefined) throw unsuitable(name, refused[1]);
  if (/^\.mjpe?g$/i.test(extname(name))) return JPEG.test(text) ? 'row' : 'video';
  return PICTURES.some((signature) => signature.test(text)) ? 'picture' : 'video';
}

/**
 * Devices and pipes are not read, and count as videos, as does what cannot be read: whoever opens it says why.
 *
 * @throws CspcamError for a kind of file that is neither
 */
export function fileKind(path: string): FileKind {
  const bytes = Buffer.alloc(SIGNATURE_BYTES);
  try {
    if (!statSync(path).isFile()) return 'video';
    const file = openSync(path, 'r');
    try {
      return kindOf(bytes.subarray(0, readSync(file, bytes)), path);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return 'video';
  }
}

/** Of files that nobody named one by one: others are passed over. */
export function isPicture(path: string): boolean {
  try {
    return fileKind(path) === 'picture';
  } catch {
    return false;
  }
}

function unsuitable(name: string, what: string): CspcamError {
  return expected('a picture or a video', name, what);
}
