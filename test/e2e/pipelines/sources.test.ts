// One contract, held by every kind of source that can exist on a machine without cameras.

import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Frame, Size } from '../../../pipelines/frame.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { letterbox } from '../../../pipelines/letterbox.js';
import { type OpenOptions, openSource } from '../../../pipelines/open.js';
import { type Clips, ffmpegExists, makeClips } from '../../support/clips.js';
import { sockets } from '../../support/processes.js';
import { children, newChildren, readFrames } from '../../support/reading.js';
import { h264, type RtspServer, startRtspServer } from '../../support/rtsp-server.js';

const inputSize: Size = { width: 160, height: 128 };
let clips: Clips;
let server: RtspServer;

beforeAll(async () => {
  clips = await makeClips();
  server = await startRtspServer({ '/s': h264('smpte'), '/secret': h264('ball') }, 'joe:p@ss');
});
afterAll(async () => {
  await clips.close();
  await server.close();
});

interface Kind {
  readonly name: string;
  readonly uri: () => Promise<string> | string;
  readonly sourceSize: Size;
  /** Milliseconds between frames; 0 for a single picture. */
  readonly stepMs: number;
  /** All there are; nothing for what has no end. */
  readonly frames?: number;
  /** Frames come as fast as they are taken even where only the newest are wanted. */
  readonly unpaced?: boolean;
  readonly needsFfmpeg?: boolean;
  /** Nothing is decoded. */
  readonly raw?: boolean;
}

/** Encoded for the first test that reads it. */
const made = new Map<string, Promise<string>>();

const clip = (name: string, ...options: string[]) =>
  ({
    name,
    uri: () => {
      const file =
        made.get(name) ??
        clips.make(name, 'testsrc2=s=640x360:r=25:d=2', '-g', '25', '-pix_fmt', 'yuv420p', ...options);
      made.set(name, file);
      return file;
    },
    sourceSize: { width: 640, height: 360 },
    stepMs: 40,
    frames: 50,
    needsFfmpeg: true,
  }) satisfies Kind;

const kinds: Kind[] = [
  clip('h264.mp4', '-c:v', 'libx264', '-bf', '0'),
  clip('b-frames.mkv', '-c:v', 'libx264', '-bf', '3'),
  clip('hevc.mp4', '-c:v', 'libx265', '-x265-params', 'log-level=none'),
  clip('mjpeg.avi', '-c:v', 'mjpeg'),
  clip('vp9.webm', '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'),
  {
    ...clip('picture.png', '-frames:v', '1', '-pix_fmt', 'rgb24'),
    stepMs: 0,
    frames: 1,
  },
  {
    name: 'test:',
    uri: () => 'test:smpte?width=320&height=240&fps=50&frames=60',
    sourceSize: { width: 320, height: 240 },
    stepMs: 20,
    frames: 60,
    raw: true,
  },
  {
    name: 'gst: with an end',
    uri: () => 'gst:videotestsrc num-buffers=60 ! video/x-raw,width=640,height=360,framerate=25/1 ! jpegenc',
    sourceSize: { width: 640, height: 360 },
    stepMs: 40,
    frames: 60,
    unpaced: true,
  },
  {
    name: 'gst: live',
    uri: () => 'gst:videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=25/1',
    sourceSize: { width: 640, height: 360 },
    stepMs: 40,
    raw: true,
  },
  {
    name: 'rtsp: with a password',
    // The server knows Basic alone.
    uri: () => `${server.url('/s').replace('//', '//joe:p@ss@')}#auth=basic`,
    sourceSize: { width: 640, height: 360 },
    stepMs: 40,
  },
];

describe.each(kinds)('$name', ({ name, uri, sourceSize, stepMs, frames: all, unpaced, needsFfmpeg, raw }) => {
  const many = Math.min(all ?? 40, 40);
  const open = async (options: Partial<OpenOptions> = {}) =>
    openSource(await uri(), { inputSize, ...options });
  const contract = test.skipIf(needsFfmpeg === true && !ffmpegExists);

  contract('frames have their sizes, in order, with times that fit', async () => {
    const startedMs = Date.now();
    const frames = await readFrames(await open(), many);
    expect(frames).toHaveLength(many);
    expectSizes(frames, sourceSize);
    expect(frames.map(({ sequence }) => sequence)).toEqual(frames.map((_, i) => i));
    expectTimes(frames, startedMs);
    if (stepMs === 0) return;
    const steps = frames.slice(1).map((frame, i) => frame.mediaTimeMs - (frames[i] as Frame).mediaTimeMs);
    expect(steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)]).toBeCloseTo(stepMs, -1);
    expect(Math.min(...steps)).toBeGreaterThan(0);
  });

  if (all !== undefined)
    contract('the end comes after the last frame, and again when read again', async () => {
      const source = await open();
      const before = await children();
      for (let round = 0; round < 2; round++) expect(await readFrames(source)).toHaveLength(all as number);
      expect(await newChildren(before)).toEqual([]);
    });

  contract('breaking off leaves no process', async () => {
    const before = await children();
    await readFrames(await open(), 1);
    expect(await newChildren(before)).toEqual([]);
  });

  contract.each(['before the start', 'while it starts', 'while it waits'])(
    'an abort %s ends it',
    async (when) => {
      const before = await children();
      const stop = new AbortController();
      const pool = new FramePool();
      const source = await open({ pool, delivery: 'newest' });
      if (when === 'before the start') stop.abort();
      if (when === 'while it starts') setTimeout(() => stop.abort(), 60);
      let seen = 0;
      for await (const frame of source.frames(stop.signal)) {
        pool.release(frame.pixels);
        seen += 1;
        if (when === 'while it waits') setTimeout(() => stop.abort(), 30);
      }
      if (when === 'before the start' && name !== 'picture.png') expect(seen).toBe(0);
      expect(await newChildren(before)).toEqual([]);
    },
  );

  contract('a slow reader of all frames misses none', async () => {
    const frames = await readFrames(await open(), Math.min(many, 12), () => wait(45));
    expect(frames.map(({ sequence }) => sequence)).toEqual(frames.map((_, i) => i));
  });

  if (stepMs > 0 && unpaced !== true)
    contract('a slow reader of the newest frames sees gaps and keeps up', async () => {
      const source = await open({ delivery: 'newest', pace: 'realtime' });
      const gapsOf = (frames: readonly Frame[]) =>
        frames.slice(1).map((frame, i) => frame.sequence - (frames[i] as Frame).sequence);
      const frames: Frame[] = [];
      // Slower with each frame, until the source is the faster one, however busy the machine.
      for await (const frame of source.frames(new AbortController().signal)) {
        frames.push(frame);
        if (frames.length >= 4 && Math.max(...gapsOf(frames)) > 2) break;
        await wait(5 * stepMs * 1.5 ** frames.length);
      }
      const gaps = gapsOf(frames);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...gaps)).toBeGreaterThan(2);
      const first = frames[0] as Frame;
      for (const frame of frames.slice(1)) {
        // A gap in the numbers is a gap in time. On a machine that is too busy, a decoder passes over frames before
        // anybody counts them: then more time goes by than numbers. Frames of a camera in the network that come late have
        // times that lie closer together.
        const missed = frame.sequence - first.sequence - (frame.mediaTimeMs - first.mediaTimeMs) / stepMs;
        expect(missed).toBeLessThan(name.startsWith('rtsp') ? 10 : 3);
        // A source of our own passes over few, unless the machine stands still.
        if (raw) expect(missed).toBeGreaterThan(-10);
      }
    });
});

test('breaking off after the process has ended closes its socket', async () => {
  const [before, opened] = [await children(), await sockets()];
  const source = openSource('test:ball?width=64&height=64&frames=4', {
    inputSize: { width: 64, height: 64 },
  });
  // The reader is slow: frames still wait in the socket when their writer has gone.
  await readFrames(source, 1, () => expect.poll(() => newChildren(before), { timeout: 60_000 }).toEqual([]));
  await expect.poll(sockets, { timeout: 60_000 }).toBe(opened);
});

function expectSizes(frames: readonly Frame[], sourceSize: Size): void {
  const content = letterbox(sourceSize, inputSize);
  for (const frame of frames) {
    expect(frame).toMatchObject({ inputSize, sourceSize, content });
    expect(frame.pixels.byteLength).toBe(3 * inputSize.width * inputSize.height);
  }
}

function expectTimes(frames: readonly Frame[], startedMs: number): void {
  const nowMs = Number(process.hrtime.bigint()) / 1e6;
  const offsetMs = clockOffsetMs();
  const monotonicMs = frames.map(({ capturedMonotonicMs }) => capturedMonotonicMs);
  expect(monotonicMs).toEqual(monotonicMs.toSorted((a, b) => a - b));
  for (const frame of frames) {
    expect(frame.capturedMonotonicMs).toBeLessThanOrEqual(nowMs);
    expect(frame.capturedAtMs).toBeGreaterThanOrEqual(startedMs - 5);
  }
  // Both clocks speak of one moment, but where the process had to wait between reading one and the other.
  const differences = frames.map((frame) =>
    Math.abs(frame.capturedMonotonicMs + offsetMs - frame.capturedAtMs),
  );
  expect(Math.min(...differences)).toBeLessThan(50);
}

/** The wall clock less the monotonic one, read while nothing came between. */
function clockOffsetMs(): number {
  const readings = Array.from({ length: 20 }, () => {
    const beforeMs = Number(process.hrtime.bigint()) / 1e6;
    const wallMs = Date.now();
    const afterMs = Number(process.hrtime.bigint()) / 1e6;
    return { tookMs: afterMs - beforeMs, offsetMs: wallMs - beforeMs };
  });
  return readings.toSorted((a, b) => a.tookMs - b.tookMs)[0]!.offsetMs;
}

test('whoever takes long for a frame gets the next ones: a process that waits for him is not silent', async () => {
  let looked = 0;
  const source = openSource('test:ball?frames=60&fps=25&width=64&height=48', { inputSize });
  const frames = await readFrames(source, undefined, async () => {
    if (looked++ === 1) await wait(10_000);
  });
  expect(frames).toHaveLength(60);
});
