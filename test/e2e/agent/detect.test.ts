// `cspcam detect` on real files -> lines, JSON, pictures and exit codes.

import { copyFile, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { Cspcam, cspcam } from '../../support/cspcam.js';

const clip = resolve(import.meta.dirname, '../../../agent/demo/street.mp4');
let model = '';
let folder = '';
let spot = '';

beforeAll(async () => {
  model = await brightModel();
  folder = await mkdtemp(join(tmpdir(), 'detect-'));
  spot = join(folder, 'spot.png');
  // White where x is 320 to 400 and y is 80 to 160 of 800 x 400: one cell of the network is 40 source pixels.
  const white = { create: { width: 80, height: 80, channels: 3 as const, background: '#fff' } };
  await sharp({ create: { width: 800, height: 400, channels: 3, background: '#000' } })
    .composite([{ input: await sharp(white).png().toBuffer(), left: 320, top: 80 }])
    .png()
    .toFile(spot);
});

test('a picture as JSON: boxes in source pixels', async () => {
  const { code, out } = await cspcam('detect', spot, '--model', model, '--json');
  expect(code).toBe(0);
  const { source, width, height, timeMs, detections } = JSON.parse(out);
  expect({ source, width, height, timeMs }).toEqual({ source: spot, width: 800, height: 400, timeMs: 0 });
  const boxes: number[][] = detections.map(({ box }: { box: number[] }) => box);
  expect(boxes.map((box) => box.join()).sort()).toEqual([
    '320,120,360,160',
    '320,80,360,120',
    '360,120,400,160',
    '360,80,400,120',
  ]);
});

test('a second look sees what is smaller than a cell of the whole picture, at its own size', async () => {
  const picture = join(folder, 'dot.png');
  const white = { create: { width: 8, height: 8, channels: 3 as const, background: '#fff' } };
  await sharp({ create: { width: 1600, height: 800, channels: 3, background: '#000' } })
    .composite([{ input: await sharp(white).png().toBuffer(), left: 1000, top: 400 }])
    .png()
    .toFile(picture);
  const looked = async (...options: string[]) => {
    const { out } = await cspcam('detect', picture, '--model', model, '--json', ...options);
    return JSON.parse(out);
  };
  expect((await looked()).detections).toEqual([]);
  const { detections, secondLook } = await looked('--second-look');
  expect(secondLook.windows).toBeGreaterThan(1);
  for (const { look, box } of detections) {
    expect(look).toBe('second');
    expect(box[0]).toBeLessThan(1008);
    expect(box[2]).toBeGreaterThan(1000);
    expect(box[1]).toBeLessThan(408);
    expect(box[3]).toBeGreaterThan(400);
  }
  expect(detections.length).toBeGreaterThan(0);
});

test('what a second look makes less sure than wanted is left out', async () => {
  const { out } = await cspcam('detect', spot, '--model', model, '--json', '--second-look');
  const scores: number[] = JSON.parse(out).detections.map(({ score }: { score: number }) => score);
  // Cells of windows that share only a part of each other.
  expect(scores.length).toBeGreaterThan(20);
  expect(Math.min(...scores)).toBeGreaterThanOrEqual(0.3);
});

test('a second look at a stream is refused in one line', async () => {
  const { code, err } = await cspcam('detect', 'test:ball', '--second-look', '--model', model);
  expect(code).toBe(2);
  expect(err.trim()).toBe('cspcam: expected a file for --second-look, received test:ball');
});

test('several inputs: the bad one gets one line, the others go on, exit code 1', async () => {
  const text = join(folder, 'text.jpg');
  await writeFile(text, 'no picture');
  const { code, out, err } = await cspcam(
    'detect',
    spot,
    text,
    '/nowhere.mp4',
    'ftp://a',
    spot,
    '--model',
    model,
  );
  expect(code).toBe(1);
  expect(out.trim().split('\n')).toHaveLength(2);
  const lines = err.trim().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain(`expected video that can be read for ${text}`);
  expect(lines[1]).toBe('cspcam: expected an existing file for source, received /nowhere.mp4');
  expect(lines[2]).toContain('expected a source: file:clip.mp4');
});

test('a video: one line per frame, its times, and a summary', async () => {
  const { code, out } = await cspcam('detect', clip, '--model', model, '--frames', '5', '--json');
  expect(code).toBe(0);
  const frames = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(frames.map(({ timeMs }) => timeMs)).toEqual([0, 100, 200, 300, 400]);
  expect(frames[0]).toMatchObject({ source: clip, width: 768, height: 576 });
  const text = await cspcam('detect', clip, '--model', model, '--frames', '3');
  expect(text.out.trim().split('\n')).toHaveLength(4);
  expect(text.out).toContain(`${clip}: 3 frames in `);
});

test('--out: pictures at source size with the boxes drawn, none left half-written', async () => {
  const file = join(folder, 'found.png');
  expect((await cspcam('detect', spot, '--model', model, '--out', file)).code).toBe(0);
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([800, 400]);
  // The edge of a box is coloured: neither black nor white.
  const edge = [...data.subarray((140 * 800 + 320) * info.channels, (140 * 800 + 320) * info.channels + 3)];
  expect(new Set(edge).size).toBeGreaterThan(1);

  const other = join(folder, 'other');
  await mkdir(other);
  await copyFile(spot, join(other, 'spot.png'));
  await copyFile(clip, join(other, 'street.mp4'));
  const out = join(folder, 'found');
  const inputs = [spot, join(other, 'spot.png'), clip, join(other, 'street.mp4')];
  const args = [...inputs, '--frames', '2', '--model', model, '--out', out];
  expect((await cspcam('detect', ...args)).code).toBe(0);
  expect((await readdir(out)).sort()).toEqual([
    'spot-2.jpg',
    'spot.jpg',
    'street.mp4-000000.jpg',
    'street.mp4-000001.jpg',
    'street.mp4-2-000000.jpg',
    'street.mp4-2-000001.jpg',
  ]);
  expect(await sharp(join(out, 'street.mp4-000001.jpg')).metadata()).toMatchObject({
    width: 768,
    height: 576,
  });
});

test.each([
  ['a full disk', ['--out', '/dev/full/x.png'], 1, '/dev/full/x.png'],
  [
    'a folder below /proc',
    [clip, '--out', '/proc/x/y'],
    1,
    'expected a folder that can be written for --out',
  ],
  ['one file for many frames', [clip, '--out', 'x.jpg'], 2, 'expected a folder for --out'],
  ['a score', ['--min-score', '2'], 2, '0 to 1, received 2'],
  [
    'a model',
    ['--model', '/nowhere'],
    1,
    'expected a model folder with model.json for /nowhere, received ENOENT',
  ],
  ['an option', ['--frame', '2'], 2, "unknown option '--frame'"],
])('wrong: %s', async (_, args, code, line) => {
  const result = await cspcam(
    'detect',
    spot,
    ...(args.includes('--model') ? [] : ['--model', model]),
    ...args,
  );
  expect(result.err).toContain(line);
  expect(result.code).toBe(code);
  expect(result.err).not.toMatch(/\n {4}at /);
});

test('a full disk behind standard output', async () => {
  const onFullDisk = ['sh', '-c', 'exec "$@" >/dev/full', 'sh'];
  const detected = new Cspcam(['detect', spot, '--model', model], {}, undefined, onFullDisk);
  const { code, err } = await detected.finished();
  expect([code, err]).toEqual([
    1,
    'cspcam: expected a place that can be written for the output, received ENOSPC\n',
  ]);
});

test('limits of a camera that is slow, and of pictures that are large', async () => {
  const silent = 'gst:videotestsrc is-live=true ! valve drop=true';
  const slow = await cspcam('detect', silent, '--model', model, '--stall-timeout', '1');
  expect([slow.code, slow.err]).toEqual([
    1,
    `cspcam: expected frames for ${silent}, received none for 1 s\n`,
  ]);
  const large = await cspcam('detect', spot, '--model', model, '--max-picture-size', '800x399');
  expect(large.err).toBe(
    `cspcam: expected no more pixels than 800 x 399 has for ${spot}, received 800 x 400\n`,
  );
  const wrong = await cspcam('detect', spot, '--max-picture-size', '8K');
  expect([wrong.code, wrong.err]).toEqual([
    2,
    expect.stringContaining('expected a size like 7680x4320, received 8K'),
  ]);
});

test('a stack trace only with --verbose', async () => {
  const { err } = await cspcam('detect', '/nowhere.jpg', '--model', model, '--verbose');
  expect(err).toMatch(/\n {4}at /);
});
