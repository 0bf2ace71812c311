// Cameras with real capture processes: recordings that play again, several at once, and how they end.

import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Cameras } from '../../../agent/cameras/cameras.js';
import { loadConfig } from '../../../agent/config/load.js';
import { Camera } from '../../../pipelines/capture/camera.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { NewestFrames } from '../../../pipelines/newest.js';
import { openSource } from '../../../pipelines/open.js';
import { startCamera } from '../../support/cameras.js';
import { type Clips, ffmpegExists, makeClips } from '../../support/clips.js';
import { writeConfig } from '../../support/cspcam.js';
import { isAlive, sockets } from '../../support/processes.js';
import { children, newChildren, readFrames } from '../../support/reading.js';

let clips: Clips;
beforeAll(async () => {
  clips = await makeClips();
});
afterAll(() => clips.close());

const ONE_RECORDING = {
  device: 'test',
  mqtt: { url: 'mqtt://127.0.0.1:1' },
  cameras: { one: { source: 'test:ball' } },
};

const shortClip = () => clips.make('short.mp4', 'testsrc2=s=320x240:r=25:d=0.4', '-c:v', 'libx264');

test.skipIf(!ffmpegExists)('a recording plays again, and its numbers go on', async () => {
  const recording = startCamera(await shortClip());
  await recording.until('played three times', () => recording.captured() > 20);
  expect(recording.camera.restarts).toBe(0);
  // That it begins again is no news.
  expect(recording.statuses.map(({ state }) => state).join(' ')).toBe('starting running');
  await recording.close();
  expect(recording.camera.status).toEqual({ state: 'stopped' });
});

test.skipIf(!ffmpegExists)('a recording that is not to loop ends, and its frames end', async () => {
  const recording = startCamera(await shortClip(), { loop: false });
  await recording.until('ended', () => recording.camera.status.state === 'ended');
  // Frames that GStreamer drops before they are first asked for go uncounted, on a busy machine several.
  expect(recording.captured()).toBeGreaterThanOrEqual(1);
  expect(recording.captured()).toBeLessThanOrEqual(10);
  expect(recording.camera.pid).toBeUndefined();
  await recording.close();
});

test.skipIf(!ffmpegExists)('a recording of one frame plays again and again, without a word', async () => {
  const clip = await clips.make('one.mp4', 'testsrc2=s=320x240:r=25:d=0.04', '-c:v', 'libx264');
  const recording = startCamera(clip);
  await recording.until('played three times', () => recording.captured() >= 3);
  await recording.close();
  expect(recording.statuses.map(({ state }) => state)).toEqual(['starting', 'running', 'stopped']);
  expect(recording.camera.restarts).toBe(0);
});

test.skipIf(!ffmpegExists)(
  'a recording with pauses plays to its end, for a camera and read once',
  async () => {
    // At 0 and 4 s: a longer pause than a live camera may make here.
    const clip = await clips.make(
      'pauses.mp4',
      'testsrc2=s=320x240:r=0.25:d=8',
      '-c:v',
      'libx264',
      '-bf',
      '0',
    );
    const recording = startCamera(clip, { loop: false, stallTimeoutMs: 3000 });
    await recording.until('ended', () => recording.camera.status.state === 'ended');
    await recording.close();
    // A machine may be too busy for a start within that time.
    const states = recording.statuses.map(({ state }) => state);
    expect(states.slice(states.indexOf('running'))).toEqual(['running', 'ended', 'stopped']);
    expect(recording.captured()).toBe(2);
    expect(await readFrames(openSource(clip, { inputSize: { width: 96, height: 96 } }))).toHaveLength(2);
  },
);

test('a recording that has ended plays again where it is asked for', async () => {
  const [statuses, pool] = [[] as string[], new FramePool()];
  const config = {
    ...(await loadConfig(await writeConfig(ONE_RECORDING))).cameras['one']!,
    source: 'test:ball?frames=3',
  };
  const cameras = new Cameras({
    cameras: { one: config, other: { ...config, source: 'test:ball?fps=1' } },
    inputSize: { width: 96, height: 96 },
    pool,
    onStatus: (camera, { state }) => camera === 'one' && statuses.push(state),
  });
  await cameras.start(new AbortController().signal);
  let frames = 0;
  for await (const { source, pixels } of cameras.frames(new AbortController().signal)) {
    pool.release(pixels);
    if (source === 'one') frames++;
    if (statuses.at(-1) === 'ended' && statuses.filter((state) => state === 'ended').length < 2) {
      frames = 0;
      await cameras.close('one');
      cameras.open('one');
    }
    if (statuses.includes('stopped') && frames > 0) break;
  }
  await cameras.stop();
  expect(statuses.join(' ')).toMatch(/^starting running ended stopped starting running( ended)? stopped$/);
});

test('a slow and a fast camera share a consumer', async () => {
  const before = await children();
  const pool = new FramePool();
  const newest = new NewestFrames(['fast', 'slow'], (pixels) => pool.release(pixels));
  const cameras = (['test:ball?fps=100', 'test:smpte?fps=10'] as const).map(
    (uri, index) =>
      new Camera({
        id: ['fast', 'slow'][index] as string,
        uri,
        inputSize: { width: 96, height: 64 },
        pool,
        onFrame: (frame) => newest.put(frame),
        onStatus: () => {},
      }),
  );
  for (const camera of cameras) camera.start();
  const last = new Map<string, number>();
  const served = new Map<string, number>();
  for await (const { source, sequence, pixels } of newest.frames(new AbortController().signal)) {
    expect(sequence).toBeGreaterThan(last.get(source) ?? -1);
    last.set(source, sequence);
    served.set(source, (served.get(source) ?? 0) + 1);
    pool.release(pixels);
    if ((served.get('slow') ?? 0) >= 15) break;
  }
  // The slow one lost next to nothing to the fast one.
  expect(last.get('slow')).toBeLessThan(18);
  expect(served.get('fast')).toBeGreaterThan(25);
  await Promise.all(cameras.map((camera) => camera.close()));
  expect(await newChildren(before)).toEqual([]);
});

test('a capture process that does not listen is closed too', async () => {
  const camera = startCamera('test:ball');
  await camera.untilFrames(3);
  const pid = camera.camera.pid as number;
  process.kill(pid, 'SIGSTOP');
  await camera.close();
  expect(isAlive(pid)).toBe(false);
});

test('closed at any moment of its start, a camera leaves no process, no socket and no file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'closed-'));
  vi.stubEnv('TMPDIR', folder);
  try {
    const [before, opened] = [await children(), await sockets()];
    for (const delayMs of [0, 0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 400]) {
      const camera = startCamera('test:ball');
      if (delayMs > 0) await wait(delayMs);
      await camera.close();
    }
    expect(await newChildren(before)).toEqual([]);
    expect(await sockets()).toBe(opened);
    expect(await readdir(folder)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
  }
});

test('passwords are neither in the arguments nor in the environment of a capture process', async () => {
  const camera = startCamera('gst:videotestsrc is-live=true name=secret-part');
  await camera.untilFrames(1);
  const pid = camera.camera.pid as number;
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('secret-part');
  expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain('secret-part');
  await camera.close();
});
