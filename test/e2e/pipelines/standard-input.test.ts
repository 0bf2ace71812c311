// What programs pipe to this one -> the same frames as from a file, in memory that is bounded; or one line.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { CspcamError } from '#common/errors.js';
import { openSource } from '../../../pipelines/open.js';
import { PipedInput } from '../../../pipelines/piped-input.js';
import { brightModel } from '../../support/bright-model.js';
import { startCamera } from '../../support/cameras.js';
import { type Clips, makeClips } from '../../support/clips.js';
import { PROGRAM } from '../../support/cspcam.js';
import { readFrames } from '../../support/reading.js';

const inputSize = { width: 96, height: 96 };
const VIDEO = 'testsrc2=s=320x240:r=25:d=0.4';
const X264 = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'];
/** Of which a second pipeline is made, once that is known. */
const ALL_LEVELS = ['-c:v', 'libx264', '-pix_fmt', 'yuvj420p'];

let clips: Clips;
let pipes = 0;
const numbers = new Set<number>();
beforeAll(async () => {
  clips = await makeClips();
});
afterAll(() => clips.close());

/** A shell command whose output is a pipe -> its descriptor here. */
function piped(command: string, ...args: string[]): number {
  const pipe = join(clips.folder, `pipe-${pipes++}`);
  execFileSync('mkfifo', [pipe]);
  spawn('sh', ['-c', `(${command}) > ${pipe}`, 'sh', ...args], { stdio: 'ignore' });
  // A program gets a number once, and what came on it is kept: those of tests before must not come again.
  for (let taken = openSync('/dev/null', 'r'); ; taken = openSync('/dev/null', 'r')) {
    if (numbers.has(taken)) continue;
    closeSync(taken);
    break;
  }
  // Waits for the writer.
  const descriptor = openSync(pipe, 'r');
  numbers.add(descriptor);
  return descriptor;
}

const uriOf = (descriptor: number) => `/dev/fd/${descriptor}`;
const read = (descriptor: number, stallTimeoutMs = 20_000) =>
  readFrames(openSource(uriOf(descriptor), { inputSize, stallTimeoutMs }));

test.each<[string, string, 'stream' | 'row' | 'recording' | 'picture', frames: number, ...options: string[]]>(
  [
    ['a transport stream', 'a.ts', 'stream', 10, ...X264],
    ['Matroska', 'a.mkv', 'stream', 10, ...X264],
    ['AVI', 'a.avi', 'stream', 10, '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'],
    ['H.264 without a container', 'a.h264', 'stream', 10, ...X264],
    ['pictures in a row', 'a.mjpeg', 'row', 10, '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'],
    ['an MP4 that begins with its index', 'a.mp4', 'stream', 10, ...X264, '-movflags', 'faststart'],
    ['an MP4 of all levels without a matrix', 'd.mp4', 'stream', 10, ...ALL_LEVELS, '-movflags', 'faststart'],
    ['a transport stream of them', 'd.ts', 'stream', 10, ...ALL_LEVELS],
    ['an MP4 in fragments', 'b.mp4', 'stream', 10, ...X264, '-movflags', 'frag_keyframe+empty_moov'],
    ['an MP4 that ends with its index', 'c.mp4', 'recording', 10, ...X264],
    ['a PNG', 'a.png', 'picture', 1, '-frames:v', '1'],
    ['a JPEG', 'a.jpg', 'picture', 1, '-frames:v', '1'],
  ],
)('%s', async (_, name, kind, frames, ...options) => {
  const clip = await clips.make(name, VIDEO, ...options);
  const found = await read(piped('cat "$1"', clip));
  expect([found.length, found[0]?.sourceSize]).toEqual([frames, { width: 320, height: 240 }]);
  const input = new PipedInput(piped('cat "$1"', clip));
  expect((await input.read(new AbortController().signal)).kind).toBe(kind);
  await input.close();
});

test('bytes that come in small pieces are put together', async () => {
  const picture = await sharp({ create: { width: 64, height: 32, channels: 3, background: '#0f0' } })
    .jpeg()
    .withMetadata({ orientation: 6 })
    .toBuffer();
  const file = join(clips.folder, 'small.jpg');
  await writeFile(file, picture);
  const [frame] = await read(piped('dd if="$1" bs=7 status=none', file));
  expect(frame?.sourceSize).toEqual({ width: 32, height: 64 });
});

test('pictures in a row with padding between them are a video', async () => {
  const clip = await clips.make('one.jpg', VIDEO, '-frames:v', '1');
  const input = piped('for i in 1 2 3 4 5; do cat "$1"; printf "\\0"; done', clip);
  expect(await read(input)).toHaveLength(5);
});

test('a picture that holds a second one is a picture', async () => {
  const small = await sharp({ create: { width: 64, height: 32, channels: 3, background: '#0f0' } })
    .jpeg()
    .toBuffer();
  const part = Buffer.from([0xff, 0xe2, 0, 6, ...Buffer.from('MPF\0')]);
  const file = join(clips.folder, 'two.jpg');
  await writeFile(file, Buffer.concat([small.subarray(0, 2), part, small.subarray(2), small]));
  expect(await read(piped('cat "$1"', file))).toHaveLength(1);
});

describe('one line', () => {
  test.each([
    ['nothing', ':', 'expected a picture or a video for descriptor', 'received nothing'],
    ['text', 'yes no video | head -c 50000', 'expected video that can be read', ''],
    ['a playlist', 'printf "#EXTM3U\\nhttp://127.0.0.1:1/a.ts\\n"', 'received a playlist (M3U8)', '#hls'],
    ['HEIC', 'printf "\\0\\0\\0\\30ftypheic\\0\\0\\0\\0"', 'received HEIC', ''],
    ['half a picture', `head -c 700 "$1"`, 'expected an image that can be read for descriptor', ''],
    ['silence', 'sleep 20', 'expected frames', 'nothing for 1.5 s'],
  ])('%s', async (name, command, ...lines) => {
    const picture = await clips.make('whole.jpg', VIDEO, '-frames:v', '1');
    const descriptor = piped(command, picture);
    const error = await read(descriptor, name === 'silence' ? 1500 : 20_000).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(CspcamError);
    for (const line of lines) expect(error.message).toContain(line);
  });

  test('a descriptor that is not open', async () => {
    const descriptor = piped(':');
    closeSync(descriptor);
    await expect(read(descriptor)).rejects.toThrow('received nothing');
  });

  test('a recording that has to be spooled and is larger than may be', async () => {
    const clip = await clips.make('large.mp4', 'testsrc2=s=640x480:r=25:d=2', ...X264);
    const input = new PipedInput(piped('cat "$1"', clip), 10_000);
    await expect(input.read(new AbortController().signal)).rejects.toThrow(
      'expected at most 0.01 MB of a recording',
    );
    await input.close();
  });
});

test('what was spooled has no name, so that nothing can be left', async () => {
  const clip = await clips.make('spooled.mp4', VIDEO, ...X264);
  const folder = await mkdtemp(join(clips.folder, 'spool-'));
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const input = new PipedInput(piped('cat "$1"', clip));
  const found = await input.read(new AbortController().signal);
  if (found.kind !== 'recording') throw new Error(found.kind);
  expect(await readdir(folder)).toEqual([]);
  expect((await readFile(found.path)).equals(await readFile(clip))).toBe(true);
  expect((await stat(found.path)).nlink).toBe(0);
  await input.close();
});

test('a file as standard input may be read twice', async () => {
  const descriptor = openSync(await clips.make('file.mp4', VIDEO, ...X264), 'r');
  for (let round = 0; round < 2; round++) expect(await read(descriptor)).toHaveLength(10);
  closeSync(descriptor);
});

test('a camera takes what comes, and has ended when it has', async () => {
  const clip = await clips.make('camera.ts', VIDEO, ...X264);
  const camera = startCamera(uriOf(piped('cat "$1"; sleep 1; cat "$1"', clip)), { stallTimeoutMs: 30_000 });
  await camera.until('ended', () => camera.camera.status.state === 'ended');
  await camera.close();
  expect(camera.statuses.map(({ state }) => state)).toEqual(['starting', 'running', 'ended', 'stopped']);
});

test('two cameras cannot share it', async () => {
  const clip = await clips.make('shared.ts', VIDEO, ...X264);
  const uri = uriOf(piped('cat "$1"; sleep 20', clip));
  const one = startCamera(uri, { stallTimeoutMs: 30_000 });
  await one.untilFrames(1);
  const other = startCamera(uri, { stallTimeoutMs: 30_000 });
  await other.until('refused', () => other.camera.status.state === 'retrying');
  expect(other.camera.status).toMatchObject({
    failure: 'ended',
    message: expect.stringContaining('another source reads'),
  });
  await Promise.all([one.close(), other.close()]);
});

/** @param command with the program as "$0" and its options */
function shell(command: string, ...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', command, ...args], (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    );
  });
}

test('detect: a picture, drawn; a stream that goes on; a terminal', async () => {
  const model = await brightModel();
  const run = `node ${PROGRAM} detect - --model ${model}`;
  const picture = await clips.make('drawn.png', VIDEO, '-frames:v', '1');
  const out = join(clips.folder, 'drawn.jpg');
  expect(await shell(`cat "$0" | ${run} --json --out "$1"`, picture, out)).toMatchObject({
    code: 0,
    err: '',
  });
  expect(await sharp(out).metadata()).toMatchObject({ width: 320, height: 240 });

  const clip = await clips.make('endless.ts', VIDEO, ...X264);
  const endless = await shell(`${run} --frames 3 < <(cat "$0"; exec sleep 60 2> /dev/null)`, clip);
  expect([endless.code, endless.out.trim().split('\n').length]).toEqual([0, 4]);
  const drawn = await shell(`cat "$0" | ${run} --out "$1"`, clip, out);
  expect(drawn.err).toContain('expected a folder for --out of the frames of -');

  const terminal = await shell(`script -qec '${run}' /dev/null`);
  expect(terminal.out).toContain('expected a picture or a video for standard input, received a terminal');
});
