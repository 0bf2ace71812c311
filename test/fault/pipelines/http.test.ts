// Cameras over HTTP: pictures in a row, and playlists (HLS) where they are asked for -> bars, or a class and one line.

import { execFile } from 'node:child_process';

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { monotonicMs } from '#common/clock.js';
import { openSource } from '../../../pipelines/open.js';
import { wrongBars } from '../../support/bars.js';
import { type RunningCamera, startCamera } from '../../support/cameras.js';
import { type HttpAnswer, HttpCamera } from '../../support/http-camera.js';
import { readFrames } from '../../support/reading.js';

const SEGMENTS = 8;
const WINDOW = 4;
/** A second of bars, from a key frame on, for each segment. */
const BARS = `videotestsrc pattern=smpte num-buffers=${25 * SEGMENTS} ! video/x-raw,width=320,height=180,framerate=25/1`;

let folder: string;
/** Bytes by name: `s0.ts`, `init.mp4`, `f0.m4s`, `picture.jpg`. */
let files: ReadonlyMap<string, Buffer>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'http-'));
  const run = (program: string, ...args: string[]) => promisify(execFile)(program, args);
  const gst = (launch: string) => run('gst-launch-1.0', '-q', ...launch.split(' '));
  const at = (name: string) => join(folder, name);
  // Not hlssink2, which in GStreamer 1.22 now and then never ends (splitmuxsink waits for itself).
  await gst(
    `${BARS} ! openh264enc gop-size=25 ! h264parse ! mpegtsmux ! filesink location=${at('bars.mts')}`,
  );
  await gst(
    `${BARS.replace(/num-buffers=\d+/, 'num-buffers=1')} ! jpegenc ! filesink location=${at('picture.jpg')}`,
  );
  for (const [type, name] of [
    ['mpegts', 's%d.ts'],
    ['fmp4', 'f%d.m4s'],
  ] as const)
    await run(
      'ffmpeg',
      ...['-v', 'error', '-i', at('bars.mts'), '-c', 'copy'],
      ...['-f', 'hls', '-hls_time', '1', '-hls_list_size', '0'],
      ...['-hls_segment_type', type, '-hls_segment_filename', at(name), at(`${type}.m3u8`)],
    );
  files = new Map(
    await Promise.all((await readdir(folder)).map(async (name) => [name, await readFile(at(name))] as const)),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});
function later<T extends { close(): Promise<void> }>(one: T): T {
  closing.push(one);
  return one;
}

interface Seen {
  readonly running: RunningCamera;
  readonly wrong: string[];
  frames(): number;
}

function watchUrl(url: string): Seen {
  const wrong: string[] = [];
  let frames = 0;
  const running = later(
    startCamera(url, {
      stallTimeoutMs: 30_000,
      onFrame: (frame) => {
        frames++;
        wrong.push(...wrongBars(frame).slice(0, 1));
      },
    }),
  );
  return { running, wrong, frames: () => frames };
}

const USER = { user: 'joe', password: 'right', schemes: ['SHA-256', 'MD5'] } as const;

/** What stands before a picture of so many bytes. */
type Head = (bytes: number) => string;
const LENGTH: Head = (bytes) => `--next\r\nContent-Type: image/jpeg\r\nContent-Length: ${bytes}\r\n\r\n`;

function sendRow(answer: ServerResponse, head: Head): void {
  const picture = files.get('picture.jpg')!;
  const timer = setInterval(() => {
    answer.write(head(picture.length));
    answer.write(picture);
    answer.write('\r\n');
  }, 40);
  answer.on('close', () => clearInterval(timer));
}

const row: HttpAnswer = (answer) => {
  answer.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=next' });
  sendRow(answer, LENGTH);
};

test('pictures in a row, behind a login', async () => {
  const camera = later(await HttpCamera.start(row, USER));
  const { running, wrong, frames } = watchUrl(camera.url('/video.mjpg', 'joe:right'));
  await running.until('20 frames', () => frames() >= 20);
  expect(wrong).toEqual([]);
  expect([camera.login?.right, camera.login?.wrong]).toEqual([1, 0]);
});

test.each<[string, Head]>([
  ['a length that is too short', (bytes) => `--next\r\nContent-Length: ${bytes - 7}\r\n\r\n`],
  ['a length that is too long', (bytes) => `--next\r\nContent-Length: ${bytes + 7}\r\n\r\n`],
  ['a length of nothing', () => '--next\r\nContent-Length: 0\r\n\r\n'],
  ['no length', () => '--next\r\n\r\n'],
  ['no dashes before the boundary', (bytes) => `next\r\nContent-Length: ${bytes}\r\n\r\n`],
  [
    'sound between',
    (bytes) => `--next\r\n\r\n${'~'.repeat(320)}\r\n--next\r\nContent-Length: ${bytes}\r\n\r\n`,
  ],
])('pictures in a row, with %s', async (_, head) => {
  const camera = later(
    await HttpCamera.start((answer) => {
      answer.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=next' });
      sendRow(answer, head);
    }),
  );
  const { running, wrong, frames } = watchUrl(camera.url('/video.mjpg'));
  await running.until('20 frames', () => frames() >= 20);
  expect(wrong).toEqual([]);
});

test('no frame was captured before it was sent, where the first comes late', async () => {
  const sentMs: number[] = [];
  const camera = later(
    await HttpCamera.start((answer) => {
      answer.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=next' }).flushHeaders();
      const timer = setTimeout(() => {
        sentMs.push(monotonicMs());
        sendRow(answer, LENGTH);
      }, 3000);
      answer.on('close', () => clearTimeout(timer));
    }),
  );
  const capturedMs: number[] = [];
  const running = later(
    startCamera(camera.url('/video.mjpg'), {
      stallTimeoutMs: 30_000,
      onFrame: ({ capturedMonotonicMs }) => capturedMs.push(capturedMonotonicMs),
    }),
  );
  await running.until('10 frames', () => capturedMs.length >= 10);
  expect(Math.min(...capturedMs)).toBeGreaterThanOrEqual(sentMs[0]!);
});

/** A window of segments, each of a second, that moves on; from the last back to the first, as a new stream. */
function live(name: (i: number) => string, map = ''): string {
  const first = Math.floor(performance.now() / 1000) % (SEGMENTS - WINDOW);
  const numbers = Array.from({ length: WINDOW }, (_, i) => first + i);
  const head = `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${first}\n${map}`;
  return head + numbers.map((i) => `#EXTINF:1.0,\n${name(i)}\n`).join('');
}

const MASTER =
  '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9000000,RESOLUTION=16384x16384\nhuge.m3u8\n' +
  '#EXT-X-STREAM-INF:BANDWIDTH=100,RESOLUTION=32x18\nsmall.m3u8\n' +
  '#EXT-X-STREAM-INF:BANDWIDTH=500000,CODECS="avc1.42c015,mp4a.40.2",RESOLUTION=320x180\nlive.m3u8?x=1\n';

/** @param texts of playlists by path; others are files */
const serving =
  (texts: Readonly<Record<string, () => string>>): HttpAnswer =>
  (answer, { url }) => {
    const path = url!.split('?')[0]!;
    const text = texts[path]?.();
    const bytes = text ?? files.get(path.slice(1));
    if (bytes === undefined) return answer.writeHead(404).end();
    const type = text === undefined ? 'video/mp2t' : 'application/vnd.apple.mpegurl';
    return answer.writeHead(200, { 'content-type': type }).end(bytes);
  };

describe('a live playlist', () => {
  const ts = () => live((i) => `s${i}.ts`);
  test.each<[string, string, Readonly<Record<string, () => string>>]>([
    ['of a transport stream', '/live.m3u8', { '/live.m3u8': ts }],
    [
      'of fragmented MP4',
      '/live.m3u8',
      { '/live.m3u8': () => live((i) => `f${i}.m4s`, '#EXT-X-MAP:URI="init.mp4"\n') },
    ],
    [
      'of variants: the finest that may be taken',
      '/all.m3u8',
      { '/all.m3u8': () => MASTER, '/live.m3u8': ts },
    ],
  ])('%s plays', async (_, path, texts) => {
    const camera = later(await HttpCamera.start(serving(texts), USER));
    const { running, wrong, frames } = watchUrl(`${camera.url(path, 'joe:right')}#hls`);
    // More than a window holds.
    await running.until('frames of five segments', () => frames() >= 25 * 5);
    expect(wrong).toEqual([]);
    expect(running.statuses.map(({ state }) => state)).toEqual(['starting', 'running']);
    expect(camera.login?.wrong).toBe(0);
    expect(camera.asked).not.toContain('/huge.m3u8');
  });
});

test('a whole playlist plays to its end', async () => {
  const whole = () =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ns0.ts\n#EXTINF:1,\ns1.ts\n#EXT-X-ENDLIST\n`;
  const camera = later(await HttpCamera.start(serving({ '/a.m3u8': whole })));
  const uri = `${camera.url('/a.m3u8')}#hls`;
  const frames = await readFrames(openSource(uri, { inputSize: { width: 96, height: 96 } }));
  expect(frames).toHaveLength(50);
  expect(frames.flatMap(wrongBars)).toEqual([]);
});

test.each([
  ['of a live stream that has ended, which a camera does not play', '', false],
  ['of a recording, which it plays', '#EXT-X-PLAYLIST-TYPE:VOD\n', true],
])('a whole playlist %s', async (_, type, isPlayed) => {
  const whole = () => `#EXTM3U\n${type}#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ns0.ts\n#EXT-X-ENDLIST\n`;
  const camera = later(await HttpCamera.start(serving({ '/a.m3u8': whole })));
  const { running, frames } = watchUrl(`${camera.url('/a.m3u8')}#hls`);
  await running.until('ended', () => running.camera.status.state === 'retrying');
  expect(running.camera.status).toMatchObject({ failure: 'ended' });
  expect(frames() > 0).toBe(isPlayed);
});

test('segments that the recorder says it has not are left out', async () => {
  const gaps = () =>
    '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ns0.ts\n#EXT-X-GAP\n#EXTINF:1,\nnone.ts\n#EXTINF:1,\ns2.ts\n#EXT-X-ENDLIST\n';
  const camera = later(await HttpCamera.start(serving({ '/a.m3u8': gaps })));
  const uri = `${camera.url('/a.m3u8')}#hls`;
  expect(await readFrames(openSource(uri, { inputSize: { width: 96, height: 96 } }))).toHaveLength(50);
});

test('what a playlist names is relative to where the camera points to', async () => {
  const whole = () => '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n../s0.ts\n#EXT-X-ENDLIST\n';
  const list = () => '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfine/list.m3u8\n';
  const places: Readonly<Record<string, string>> = {
    '/live.m3u8': '/session/all.m3u8',
    '/session/fine/list.m3u8': '/7/8/a.m3u8',
  };
  const answers = serving({ '/session/all.m3u8': list, '/7/8/a.m3u8': whole });
  const camera = later(
    await HttpCamera.start((answer, request) => {
      const location = places[request.url!];
      if (location !== undefined) return answer.writeHead(302, { location }).end();
      if (request.url === '/7/s0.ts') return answer.writeHead(200).end(files.get('s0.ts'));
      return answers(answer, request);
    }),
  );
  const uri = `${camera.url('/live.m3u8')}#hls`;
  expect(await readFrames(openSource(uri, { inputSize: { width: 96, height: 96 } }))).toHaveLength(25);
});

const segment = (uri: string, more = '') =>
  `#EXTM3U\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:1\n${more}#EXTINF:1,\n${uri}\n#EXT-X-ENDLIST\n`;

describe.each<[string, string, Readonly<Record<string, () => string>>, failure: string, line: string]>([
  [
    'a playlist that is not asked for',
    '/a.m3u8',
    { '/a.m3u8': () => segment('s0.ts') },
    'decode',
    'end the address with #hls',
  ],
  ['a playlist that calls itself a video', '/video', {}, 'decode', 'end the address with #hls'],
  ['no playlist', '/s0.ts#hls', {}, 'decode', 'no playlist (HLS): leave out #hls'],
  ['a playlist that is not there', '/none.m3u8#hls', {}, 'not-found', 'HTTP 404'],
  [
    'a segment that is not there',
    '/a.m3u8#hls',
    { '/a.m3u8': () => segment('none.ts') },
    'not-found',
    'HTTP 404',
  ],
  [
    'a segment of another host',
    '/a.m3u8#hls',
    { '/a.m3u8': () => segment('http://127.0.0.2:1/s0.ts') },
    'not-found',
    'another host, http://127.0.0.2:1/s0.ts',
  ],
  [
    'a segment that is a file',
    '/a.m3u8#hls',
    { '/a.m3u8': () => segment('file:///etc/passwd') },
    'not-found',
    'another host',
  ],
  [
    'a variant of another host',
    '/a.m3u8#hls',
    { '/a.m3u8': () => '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://127.0.0.2:1/b.m3u8\n' },
    'not-found',
    'another host',
  ],
  [
    'playlists without an end',
    '/a.m3u8#hls',
    { '/a.m3u8': () => '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n' },
    'decode',
    'playlists of playlists',
  ],
  [
    'encrypted segments',
    '/a.m3u8#hls',
    { '/a.m3u8': () => segment('s0.ts', '#EXT-X-KEY:METHOD=AES-128,URI="k"\n') },
    'decode',
    'encrypted segments (AES-128)',
  ],
  [
    'a playlist of two megabytes',
    '/a.m3u8#hls',
    { '/a.m3u8': () => `#EXTM3U\n${'#'.repeat(2e6)}` },
    'decode',
    'more than 1048576 bytes',
  ],
  ['a segment that is a picture', '/a.m3u8#hls', { '/a.m3u8': () => segment('text') }, 'decode', ''],
  ['an answer that breaks off', '/broken', {}, 'unreachable', 'the camera closed the connection'],
  ['one picture', '/picture.jpg', {}, 'decode', 'one picture (image/jpeg)'],
])('%s', (_, path, texts, failure, line) => {
  test('has its class', async () => {
    const camera = later(
      await HttpCamera.start((answer, request) => {
        if (request.url === '/video')
          return answer.writeHead(200, { 'content-type': 'video/mp4' }).end(segment('s0.ts'));
        if (request.url === '/broken') {
          answer.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 1000 }).flushHeaders();
          return answer.socket!.end();
        }
        if (request.url === '/text') return answer.writeHead(200).end('no video at all\n'.repeat(1000));
        if (request.url === '/picture.jpg')
          return answer.writeHead(200, { 'content-type': 'image/jpeg' }).end(files.get('picture.jpg'));
        return serving(texts)(answer, request);
      }),
    );
    const { running, frames } = watchUrl(camera.url(path));
    await running.until('failed', () => running.camera.status.state === 'retrying');
    expect(running.camera.status).toMatchObject({ failure, message: expect.stringContaining(line) });
    expect(frames()).toBe(0);
  });
});

test.each([
  ['moved on once and then no more', 1],
  ['never moves on, of which nothing is shown', 0],
])('a playlist that %s has stalled', async (_, moves) => {
  let asked = 0;
  const still = () => {
    const last = Math.min(moves, asked++);
    return `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${last}\n#EXTINF:1,\ns${last}.ts\n`;
  };
  const camera = later(await HttpCamera.start(serving({ '/a.m3u8': still })));
  const { running, frames } = watchUrl(`${camera.url('/a.m3u8')}#hls`);
  await running.until('stalled', () => running.camera.status.state === 'retrying');
  expect(running.camera.status).toMatchObject({
    failure: 'stalled',
    message: 'no new segment in the playlist for 8 s',
  });
  expect(frames() > 0).toBe(moves > 0);
});
