// First bytes of files, as their formats define them -> picture, video, or why neither.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { fileKind, isPicture, kindOf } from '../../../pipelines/file-kind.js';

const folder = mkdtempSync(join(tmpdir(), 'kinds-'));
afterAll(() => rmSync(folder, { recursive: true }));

const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: '#808080' } });

test.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)(
  '%s as sharp writes it, whatever its name',
  async (format) => {
    const bytes = await picture.clone().toFormat(format).toBuffer();
    for (const name of ['a', 'a.mp4', 'a.jfif', 'a.txt']) {
      writeFileSync(join(folder, name), bytes);
      expect(fileKind(join(folder, name))).toBe('picture');
    }
  },
);

const iso = (brand: string) => `\0\0\0\x18ftyp${brand}\0\0\0\0`;

test.each([
  ['MP4', iso('isom')],
  ['Matroska', '\x1a\x45\xdf\xa3'],
  ['a transport stream', '\x47\x40\x11'],
  ['H.264', '\0\0\0\x01\x67'],
  ['nothing', ''],
])('%s is a video', (_, text) => {
  expect(kindOf(Buffer.from(text, 'latin1'), 'a.jpg')).toBe('video');
});

test('AVIF that names its family first', () => {
  expect(kindOf(Buffer.from(`${iso('mif1')}mif1avifmiaf`, 'latin1'), 'a')).toBe('picture');
});

test.each([
  ['\xff\xd8\xff\xe0', 'row'],
  ['RIFF\0\0\0\0AVI LIST', 'video'],
] as const)('pictures in a row by their name and their bytes: %j', (text, kind) => {
  expect(kindOf(Buffer.from(text, 'latin1'), 'a.MJPEG')).toBe(kind);
});

test.each([
  ['HEIC', iso('heic'), 'received HEIC, which cannot be decoded here'],
  ['HEIF', `${iso('mif1')}mif1heic`, 'received HEIC'],
  ['a playlist', '#EXTM3U\n#EXT-X-VERSION:3\n', 'received a playlist (M3U8)'],
  ['a playlist with a byte order mark', '\xef\xbb\xbf#EXTM3U\n', 'received a playlist (M3U8)'],
  ['a session description', 'v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\n', 'received a session description (SDP)'],
  ['DASH', '<?xml version="1.0"?><MPD', 'received XML or HTML'],
  ['a raw photograph', 'II*\0\x10\0\0\0CR\x02\0', 'received a raw photograph'],
  ['JPEG XL', '\xff\x0a\xfa\x7f', 'received JPEG XL'],
  ['JPEG XL in boxes', '\0\0\0\x0cJXL \r\n\x87\n', 'received JPEG XL'],
  ['JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n', 'received JPEG 2000'],
  ['an archive', 'PK\x03\x04', 'received an archive'],
  ['PLS', '[playlist]\nFile1=http://10.0.0.1/\n', 'received a playlist, which names'],
  ['ASX', '<asx version="3.0">', 'received XML or HTML'],
  ['XSPF', '<?xml version="1.0"?>\n<playlist', 'received XML or HTML'],
  ['SMIL', '<smil><body>', 'received XML or HTML'],
  ['a list for ffmpeg', 'ffconcat version 1.0\nfile a.ts\n', 'received a playlist, which names'],
  ['a list for ffmpeg without its name', "file 'http://10.0.0.1/a.ts'\n", 'received a playlist, which names'],
  ['a list of addresses', '# cameras\r\n\r\nhttp://10.0.0.1/a.ts\n', 'received a playlist, which names'],
  ['SVG', '<svg xmlns="http://www.w3.org/2000/svg">', 'received XML or HTML'],
  ['a bitmap', 'BM\x36\0\0\0\0\0\0\0', 'received a bitmap (BMP)'],
])('%s is refused, whatever its name', (_, text, message) => {
  expect(() => kindOf(Buffer.from(text, 'latin1'), 'a.mp4')).toThrow(message);
});

test('in a folder, what is neither is passed over', () => {
  writeFileSync(join(folder, 'boxes.xml'), '<?xml version="1.0"?>');
  expect([join(folder, 'boxes.xml'), join(folder, 'a')].map(isPicture)).toEqual([false, true]);
});

test.each(['/nowhere/a.jpg', '/dev/null', folder])('%s is for whoever opens it', (path) => {
  expect(fileKind(path)).toBe('video');
});
