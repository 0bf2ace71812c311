// Files of every name, kind and condition, as a person gives them -> the picture that is in them, or one line that says why
// not. Nothing is ever opened that they name.

import { execFileSync, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CspcamError } from '#common/errors.js';
import { openSource } from '../../../pipelines/open.js';
import { type Clips, makeClips } from '../../support/clips.js';
import { expectRgb, type Rgb, rgbWithin } from '../../support/pixels.js';
import { readFrames } from '../../support/reading.js';

const inputSize = { width: 96, height: 96 };
let clips: Clips;
let folder: string;
beforeAll(async () => {
  clips = await makeClips();
  folder = clips.folder;
});
afterAll(() => clips.close());

const red: Rgb = [255, 0, 0];
const green: Rgb = [0, 255, 0];
const blue: Rgb = [0, 0, 255];
const white: Rgb = [255, 255, 255];

/** Top left red, top right green, below blue and white. */
function quarters(width = 64, height = 32): Sharp {
  const data = Buffer.alloc(3 * width * height);
  for (let at = 0; at < width * height; at++) {
    const [left, top] = [at % width < width / 2, at < (width * height) / 2];
    data.set(top ? (left ? red : green) : left ? blue : white, 3 * at);
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function read(path: string) {
  const frames = await readFrames(openSource(path, { inputSize, stallTimeoutMs: 20_000 }));
  return { frames, sourceSize: frames[0]?.sourceSize };
}

async function refusal(path: string, stallTimeoutMs = 20_000): Promise<string> {
  const reading = async () => readFrames(openSource(path, { inputSize, stallTimeoutMs }));
  const error = await reading().catch((thrown) => thrown);
  expect(error).toBeInstanceOf(CspcamError);
  return (error as Error).message;
}

test.each([
  'a.jfif',
  'a.jpe',
  'a',
  'a.mp4',
  'cam1:30.jpg',
  'a?b=1#c%20 d.jpg',
  '-a.jpg',
  'a\nb.jpg',
  '%s.png',
  '日本.jpg',
])('a portrait that lies on its side, as %j', async (name) => {
  await writeFile(
    join(folder, name),
    await quarters(64, 36).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  );
  const before = process.cwd();
  process.chdir(folder);
  try {
    expect((await read(name)).sourceSize).toEqual({ width: 36, height: 64 });
  } finally {
    process.chdir(before);
  }
});

/** Where the corners of the scene come to lie: orientation 6 shows its left lower corner at the left top. */
const CORNERS: readonly (readonly [orientation: number, corners: readonly Rgb[]])[] = [
  [2, [green, red, white, blue]],
  [3, [white, blue, green, red]],
  [4, [blue, white, red, green]],
  [5, [red, blue, green, white]],
  [6, [blue, red, white, green]],
  [7, [white, green, blue, red]],
  [8, [green, white, red, blue]],
];

describe.each(['png', 'webp', 'tiff', 'jpeg', 'avif'] as const)('%s', (format) => {
  test.each(CORNERS)('orientation %i', async (orientation, corners) => {
    const file = join(folder, `turned-${orientation}`);
    const picture = quarters().withMetadata({ orientation });
    await writeFile(file, await picture.toFormat(format, { quality: 100 }).toBuffer());
    const { frames, sourceSize } = await read(file);
    expect(sourceSize).toEqual(orientation < 5 ? { width: 64, height: 32 } : { width: 32, height: 64 });
    for (const [i, corner] of corners.entries())
      expectRgb(rgbWithin(frames[0]!, i % 2 === 0 ? 0.2 : 0.8, i < 2 ? 0.2 : 0.8), corner, 30);
  });
});

test.each(['gif', 'webp'] as const)('of an animation (%s) the first picture', async (format) => {
  const colours = ['#f00', '#0f0', '#00f'];
  const pictures = await Promise.all(
    colours.map((background) =>
      sharp({ create: { width: 48, height: 32, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  const file = join(folder, `animation.${format}.mp4`);
  await writeFile(
    file,
    await sharp(pictures, { join: { animated: true } })
      .toFormat(format)
      .toBuffer(),
  );
  const { frames, sourceSize } = await read(file);
  expect([frames.length, sourceSize]).toEqual([1, { width: 48, height: 32 }]);
  expectRgb(rgbWithin(frames[0]!, 0.5, 0.5), red, 20);
});

test.each([
  ['ts', 'jpg'],
  ['mkv', 'mp4'],
  ['webm', 'avi'],
  ['mov', 'jpg.png'],
])('a video (%s) that calls itself .%s', async (format, suffix) => {
  const codec = format === 'webm' ? 'libvpx' : 'libx264';
  const clip = await clips.make(
    `clip.${format}`,
    'testsrc2=s=64x48:r=25:d=0.4',
    '-c:v',
    codec,
    '-pix_fmt',
    'yuv420p',
  );
  const renamed = join(folder, `clip-${format}.${suffix}`);
  await copyFile(clip, renamed);
  const { frames, sourceSize } = await read(renamed);
  expect([frames.length, sourceSize]).toEqual([10, { width: 64, height: 48 }]);
});

test.each(['mkv', 'mp4', 'ts'])('the video of a recording with sound in front (.%s)', async (suffix) => {
  const clip = await clips.make(
    `sound.${suffix}`,
    'sine=d=1',
    ...[
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=64x48:r=25:d=0.4',
      '-map',
      '0:a',
      '-map',
      '1:v',
      '-pix_fmt',
      'yuv420p',
    ],
  );
  const { frames, sourceSize } = await read(clip);
  expect([frames.length, sourceSize]).toEqual([10, { width: 64, height: 48 }]);
});

const text = (contents: string) => (file: string) => writeFile(file, contents);

describe('one line', () => {
  test.each<[string, string, (file: string) => unknown, line: string]>([
    [
      'HEIC',
      'a.jpg',
      text('\0\0\0\x18ftypheic\0\0\0\0'),
      'received HEIC, which cannot be decoded here: save it as JPEG',
    ],
    ['a file that is not there', 'none.jpg', () => {}, 'expected an existing file for source'],
    ['an empty file', 'empty.jpg', text(''), 'Stream contains no data'],
    ['a folder', 'folder.jpg', (file) => mkdir(file), 'is a directory'],
    ['links in a circle', 'loop.jpg', (file) => symlink(file, file), 'expected a readable file for source'],
    [
      'a link to nothing',
      'link.jpg',
      (file) => symlink('/nowhere', file),
      'expected an existing file for source',
    ],
    ['a name of two lines', 'two\nlines.jpg', () => {}, 'two lines.jpg'],
    ['text', 'text.mp4', text('no video at all\n'.repeat(100)), 'expected video that can be read'],
    [
      'half a picture',
      'half.jpg',
      async (file) => writeFile(file, (await quarters(640, 480).jpeg().toBuffer()).subarray(0, 1500)),
      'expected an image that can be read',
    ],
    [
      'the head of a picture',
      'head.png',
      async (file) => writeFile(file, (await quarters().png().toBuffer()).subarray(0, 20)),
      'expected an image that can be read',
    ],
  ])('%s', async (_, name, make, line) => {
    const file = join(folder, name);
    await make(file);
    const message = await refusal(file);
    expect(message).toContain(line);
    expect(message).toMatch(/^expected .* for .*, received .+$/);
  });

  test('a pipe that nobody writes to', async () => {
    const file = join(folder, 'pipe.mp4');
    execFileSync('mkfifo', [file]);
    expect(await refusal(file, 1500)).toContain('none for 1.5 s');
  });

  test('a socket', async () => {
    const server = createServer().listen(join(folder, 'socket.mp4'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await refusal(join(folder, 'socket.mp4'))).toContain('expected ');
    server.close();
  });
});

test('a pipe that somebody writes to', async () => {
  const clip = await clips.make(
    'written.ts',
    'testsrc2=s=64x48:r=25:d=0.4',
    '-c:v',
    'libx264',
    '-pix_fmt',
    'yuv420p',
  );
  const file = join(folder, 'written.pipe');
  execFileSync('mkfifo', [file]);
  const writer = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', clip, file]);
  expect((await read(file)).frames).toHaveLength(10);
  writer.kill();
});

test('a recording that is cut short, or taken away, while it is read: what came before stays', async () => {
  for (const spoil of [
    (file: string) => truncate(file, 30_000),
    (file: string) => rename(file, `${file}.away`),
  ]) {
    const clip = await clips.make(
      'spoilt.ts',
      'testsrc2=s=320x240:r=25:d=4',
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
    );
    let frames = 0;
    const read = readFrames(openSource(clip, { inputSize }), undefined, async () => {
      if (++frames === 3) await spoil(clip);
    });
    // An end or an error, and no hanging.
    await read.catch((error) => expect(error).toBeInstanceOf(CspcamError));
    expect(frames).toBeGreaterThanOrEqual(3);
    await rm(clip, { force: true });
  }
});

describe('what names other addresses is never followed', () => {
  test.each<[string, string, (address: string) => string]>([
    ['M3U8', 'a.m3u8', (at) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${at}/a.ts\n#EXT-X-ENDLIST\n`],
    ['M3U8 that calls itself a video', 'a.mp4', (at) => `#EXTM3U\n#EXTINF:1,\n${at}/a.ts\n#EXT-X-ENDLIST\n`],
    ['M3U', 'a.m3u', (at) => `# my cameras\n${at}/a.ts\n`],
    ['PLS', 'a.pls', (at) => `[playlist]\nFile1=${at}/a.ts\nNumberOfEntries=1\n`],
    ['ASX', 'a.asx', (at) => `<asx version="3.0"><entry><ref href="${at}/a.ts"/></entry></asx>`],
    [
      'XSPF',
      'a.xspf',
      (at) =>
        `<?xml version="1.0"?><playlist><trackList><track><location>${at}/a</location></track></trackList></playlist>`,
    ],
    ['SMIL', 'a.smil', (at) => `<smil><body><video src="${at}/a.ts"/></body></smil>`],
    ['DASH', 'a.mpd', (at) => `<?xml version="1.0"?><MPD><BaseURL>${at}/</BaseURL></MPD>`],
    ['a list of ffmpeg', 'a.txt', (at) => `ffconcat version 1.0\nfile '${at}/a.ts'\n`],
    [
      'SDP',
      'a.sdp',
      (at) => `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\na=control:${at}/\r\nm=video 0 RTP/AVP 96\r\n`,
    ],
    ['SVG', 'a.svg', (at) => `<svg xmlns="http://www.w3.org/2000/svg"><image href="${at}/a.png"/></svg>`],
    ['a reference of QuickTime', 'a.mov', (at) => reference(`${at}/a.mov`)],
  ])('%s', async (_, name, contents) => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const file = join(await mkdtemp(join(tmpdir(), 'lists-')), name);
    await writeFile(file, contents(`http://127.0.0.1:${port}`), 'latin1');
    expect(await refusal(file)).toMatch(/^expected /);
    expect(connections).toBe(0);
    server.close();
  });
});

/** A movie that is elsewhere: moov, rmra, rmda, rdrf. */
function reference(url: string): string {
  const box = (type: string, contents: string) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(8 + contents.length);
    return head.toString('latin1') + type + contents;
  };
  const size = Buffer.alloc(4);
  size.writeUInt32BE(url.length + 1);
  return box('moov', box('rmra', box('rmda', box('rdrf', `\0\0\0\0url ${size.toString('latin1')}${url}\0`))));
}
