// Cameras whose scene is dark and then has a ball -> the clips that a real agent keeps, as ffmpeg, Chromium and a
// subscriber at a real broker see them.

import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Clip, type ClipOptions, clipOf } from '../../support/access-units.js';
import { findBrowser } from '../../support/browser.js';
import { makeClips } from '../../support/clips.js';
import { type Daemon, startDaemon } from '../../support/daemon.js';
import { type FramesOf, framesOf } from '../../support/mp4-frames.js';
import { playedByBrowser } from '../../support/played-by-browser.js';
import { RtspCamera, type RtspCameraOptions } from '../../support/rtsp-camera.js';
import { smallDisk } from '../../support/small-disk.js';

const browser = await findBrowser();
const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

const FPS = 25;
const SIZE = { width: 320, height: 180 };
const GOP = 25;
const GOP_MS = (1000 * GOP) / FPS;
const BEFORE_MS = 2000;
const AFTER_MS = 1000;
/** The time of day is read by two processes, at two moments, between which a busy machine may do something else. */
const CLOCK_MS = 250;

/** As scripts/systemd/drop-ins has it. */
const UMASK_OF_UNIT = ['sh', '-c', 'umask 0077 && exec "$@"', 'sh'];

/** Five seconds of nothing, three of a ball. */
async function scene(options: ClipOptions = {}): Promise<Clip> {
  const [dark, ball] = await Promise.all([
    clipOf({ ...SIZE, keyEvery: GOP, ...options, pattern: 'black', frames: 5 * FPS }),
    clipOf({ ...SIZE, keyEvery: GOP, ...options, pattern: 'ball', frames: 3 * FPS }),
  ]);
  return { codec: dark.codec, units: [...dark.units, ...ball.units] };
}

interface Watching {
  readonly daemon: Daemon;
  readonly camera: RtspCamera;
  readonly folder: string;
}

async function watching(
  clips: object = {},
  ofCamera: Partial<RtspCameraOptions> = {},
  folder?: string,
): Promise<Watching> {
  const camera = await RtspCamera.start({ clip: await scene(), ...ofCamera });
  const kept = folder ?? join(await mkdtemp(join(tmpdir(), 'kept-clips-')), 'clips');
  const daemon = await startDaemon(
    // A busy machine must not count.
    { door: { source: camera.url(), stallTimeoutSeconds: 60, motion: { enabled: false } } },
    {
      clips: { enabled: true, folder: kept, beforeSeconds: 2, afterSeconds: 1, ...clips },
      tracking: { keepSeconds: 1 },
    },
    [],
    {},
    UMASK_OF_UNIT,
  );
  closing.push(camera, daemon);
  return { daemon, camera, folder: kept };
}

const clipsOf = ({ daemon }: Pick<Watching, 'daemon'>) =>
  daemon.subscriber.seen.filter(({ topic }) => topic === 'cspcam/porch/camera/door/clips');

async function nextClip(of: Pick<Watching, 'daemon'>, after = 0) {
  await of.daemon.subscriber.next(() => clipsOf(of).length > after, 120_000);
  return clipsOf(of)[after]!.payload;
}

const eventsOf = ({ daemon }: Watching, event: string, id: number) =>
  daemon.subscriber.seen.filter(
    ({ topic, payload }) => topic.endsWith('/events') && payload.event === event && payload.track.id === id,
  );

/** The first is a key frame, time begins at 0, no frame is missing, and each can be decoded. */
function expectWhole({ frames, decoded, complaints }: FramesOf, gop = GOP): void {
  expect(frames[0]!.ms).toBe(0);
  const keys = frames.flatMap(({ isKey }, i) => (isKey ? [i] : []));
  expect(keys).toEqual(Array.from(keys, (_, i) => i * gop));
  expect(decoded).toBe(frames.length);
  expect(complaints).toBe('');
  // The jitter buffer follows the clock of the camera, by some milliseconds.
  const steps = frames.slice(1).map(({ ms }, i) => ms - frames[i]!.ms);
  expect(Math.min(...steps)).toBeGreaterThan(0);
}

test('a clip begins with the last key frame before what was asked for, and is there whole once it is told of', async () => {
  const of = await watching();
  const clip = await nextClip(of);
  expect(clip).toMatchObject({
    camera: 'door',
    end: 'done',
    codec: 'h264',
    sourceSize: SIZE,
    zones: [],
    lines: [],
  });
  const { size, mode } = await stat(clip.path);
  expect([size, mode & 0o777]).toEqual([clip.bytes, 0o640]);
  expect(clip.path).toBe(join(of.folder, clip.file));
  expect((await stat(of.folder)).mode & 0o777).toBe(0o750);

  const found = await framesOf(clip.path);
  expectWhole(found);
  const last = found.frames.at(-1)!;
  expect(Math.abs(clip.seconds - last.ms / 1000)).toBeLessThan(0.1);
  expect(clip.tracks.length).toBeGreaterThan(0);
  const starts = clip.tracks.map(
    ({ id }: { id: number }) => eventsOf(of, 'track_start', id)[0]!.payload.track,
  );
  const ends = clip.tracks.map(({ id }: { id: number }) => eventsOf(of, 'track_end', id)[0]!.payload.track);
  const firstMs = Math.min(
    ...starts.map(({ firstSeenAt }: { firstSeenAt: string }) => Date.parse(firstSeenAt)),
  );
  const lastMs = Math.max(...ends.map(({ lastSeenAt }: { lastSeenAt: string }) => Date.parse(lastSeenAt)));
  const startedMs = Date.parse(clip.startedAt);
  const beforeMs = firstMs - startedMs;
  expect(beforeMs).toBeGreaterThanOrEqual(BEFORE_MS - CLOCK_MS);
  expect(beforeMs).toBeLessThan(BEFORE_MS + GOP_MS + CLOCK_MS);
  expect(startedMs + last.ms).toBeGreaterThan(lastMs + AFTER_MS - CLOCK_MS);
  expect(await readdir(of.folder)).toEqual([clip.file]);
});

test.skipIf(browser === undefined)('a browser plays it to its end', async () => {
  const of = await watching();
  const clip = await nextClip(of);
  const played = await playedByBrowser(browser!, clip.path);
  expect(played).toMatchObject({ error: '', ...SIZE });
  expect(played.seconds).toBeCloseTo(clip.seconds, 0);
  expect(played.endedAtSeconds).toBeCloseTo(clip.seconds, 0);
});

/** Something bright from the second to the fourth of six seconds. */
const SPOT = `color=black:s=320x180:r=${FPS}:d=6,drawbox=150:80:16:16:white:t=fill:enable='between(t,2,4)'`;

test.each([
  ['H.264 whose pictures are decoded in another order', 'a.mp4', ['-c:v', 'libx264', '-bf', '2', '-g', '25']],
  [
    'H.265 whose groups are open',
    'a.mp4',
    ['-c:v', 'libx265', '-x265-params', 'keyint=25:bframes=3:log-level=none'],
  ],
  ['a transport stream', 'a.ts', ['-c:v', 'libx264', '-bf', '2', '-g', '25']],
])('of %s', async (_, name, encoder) => {
  const made = await makeClips();
  const file = await made.make(name, SPOT, ...encoder, '-pix_fmt', 'yuv420p');
  const folder = await mkdtemp(join(tmpdir(), 'kept-clips-'));
  const daemon = await startDaemon(
    { door: { source: `file:${file}`, loop: true, motion: { enabled: false } } },
    { clips: { enabled: true, folder, beforeSeconds: 1, afterSeconds: 0.5 }, tracking: { keepSeconds: 0.5 } },
  );
  closing.push(made, daemon);
  const clip = await nextClip({ daemon });
  const { frames, decoded, complaints } = await framesOf(clip.path);
  expect(complaints).toBe('');
  expect(decoded).toBe(frames.length);
  // ffprobe shifts all of them so that none is shown before it is decoded.
  const shown = frames.map(({ ms }) => ms).sort((a, b) => a - b);
  const steps = shown.slice(1).map((ms, i) => Math.round(ms - shown[i]!));
  // The last picture may have come before others that are shown before it.
  expect(new Set(steps.slice(0, -1))).toEqual(new Set([1000 / FPS]));
  // Decoding in another order is what was to be tried.
  expect(frames.some(({ ms }, i) => i > 0 && ms < frames[i - 1]!.ms)).toBe(true);
});

test('of H.265 too, and of groups shorter than a second', async () => {
  const gop = 5;
  const of = await watching({}, { clip: await scene({ codec: 'H265', keyEvery: gop }) });
  const clip = await nextClip(of);
  expect(clip).toMatchObject({ end: 'done', codec: 'h265', sourceSize: SIZE });
  const found = await framesOf(clip.path);
  expect(found.codec).toBe('hevc');
  expectWhole(found, gop);
});

test('a capture that is killed ends its clip, and what goes on has another', async () => {
  // The ball is always there.
  const clip = await clipOf({ ...SIZE, keyEvery: GOP, pattern: 'ball', frames: 8 * FPS });
  const of = await watching({ maxSeconds: 60 }, { clip });
  await of.daemon.subscriber.next(({ topic }) => topic.endsWith('/events'));
  const pid = await of.daemon.capturePid('door');
  await writing(of);
  process.kill(pid, 'SIGKILL');
  const first = await nextClip(of);
  expect(first.end).toBe('camera');
  expectWhole(await framesOf(first.path));
  await of.daemon.capturePid('door', pid);
  await writing(of);
  // By its signal the agent ends what it writes.
  of.daemon.agent.child.kill('SIGTERM');
  const second = await nextClip(of, 1);
  expect(second.end).toBe('stopped');
  expect(second.tracks.length).toBeGreaterThan(0);
  expectWhole(await framesOf(second.path));
});

test('an agent that is killed leaves what can be played, and the next one counts it', async () => {
  const clip = await clipOf({ ...SIZE, keyEvery: GOP, pattern: 'ball', frames: 8 * FPS });
  const of = await watching({ maxSeconds: 60 }, { clip });
  const part = await writing(of);
  await of.daemon.agent.close();
  const left = await framesOf(join(of.folder, part));
  expect(left.frames[0]).toEqual({ isKey: true, ms: 0 });
  expect(left.decoded).toBe(left.frames.length);
  expect(left.frames.length).toBeGreaterThanOrEqual(GOP);

  const again = await watching({ maxSeconds: 60 }, { clip }, of.folder);
  const { payload } = await again.daemon.subscriber.next(
    ({ topic, payload: { clips } }) => topic === 'cspcam/porch/health' && clips?.files === 1,
  );
  expect(payload.clips.state).toBe('working');
  const whole = part.replace('.part', '');
  expect(await readdir(of.folder)).toContain(whole);
  const found = await framesOf(join(of.folder, whole));
  expectWhole(found);
  expect(found.frames.length).toBe(left.frames.length);
});

const disk = smallDisk('3m');

test.skipIf(!disk.isMounted)(
  'on a full disk detections go on, the log says so once, health too, and clips are kept again',
  async () => {
    const full = join(disk.path, 'full');
    await writeFile(full, Buffer.alloc(3 << 20)).catch(() => {});
    const of = await watching({}, {}, join(disk.path, 'clips'));
    const { subscriber, agent } = of.daemon;
    await expect.poll(() => agent.err, { timeout: 120_000 }).toContain('clips cannot be written');
    // Each begins a clip.
    const seen = subscriber.seen.length;
    const starts = () =>
      subscriber.seen.slice(seen).filter(({ payload }) => payload.event === 'track_start').length;
    await expect.poll(starts, { timeout: 120_000 }).toBeGreaterThan(1);
    expect(agent.err.split('clips cannot be written').length).toBe(2);
    await subscriber.next(
      ({ topic, payload: { clips } }) => topic.endsWith('/health') && clips?.state === 'failing',
    );
    await writeFile(full, '');
    await nextClip(of);
    await expect.poll(() => agent.err).toContain('clips are written again');
    agent.child.kill('SIGHUP');
    const { payload } = await subscriber.next(
      ({ topic, payload: { clips } }) => topic === 'cspcam/porch/health' && clips?.files > 0,
    );
    expect(payload.clips.state).toBe('working');
  },
);

/** Until fragments of a clip are on the disk. @returns its file */
async function writing({ folder }: Watching): Promise<string> {
  return expect
    .poll(
      async () => {
        const parts = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.part'));
        const sizes = await Promise.all(parts.map(async (name) => (await stat(join(folder, name))).size));
        // More than the beginning, which is there at once.
        return parts.find((_, i) => sizes[i]! > 2000);
      },
      { timeout: 120_000, interval: 100 },
    )
    .toBeDefined()
    .then(async () => (await readdir(folder)).find((name) => name.endsWith('.part'))!);
}
