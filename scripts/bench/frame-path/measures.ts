// One turn of each measure. A turn is short; the command gives every measure its turn in each round.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { runBurst } from '../../../agent/bench/burst.js';
import type { Detector } from '../../../models/runtime/detector.js';
import { Camera } from '../../../pipelines/capture/camera.js';
import type { CameraOptions } from '../../../pipelines/capture/camera-options.js';
import type { Frame } from '../../../pipelines/frame.js';
import { FramePool } from '../../../pipelines/frame-pool.js';
import { NewestFrames } from '../../../pipelines/newest.js';
import { openSource } from '../../../pipelines/open.js';
import { openPath } from './path.js';
import { children, decodes, spentMs, type ThreadTimes, threadTimes } from './thread-times.js';

const WARM_UP_MS = 800;
const LAG_RESOLUTION_MS = 5;
/** The gate lets everything through for its first two seconds. */
const GATE_SETTLES_MS = 5000;
const START_POLL_MS = 50;

/** The network alone, its next frame always there: mean milliseconds of `session.run`. */
export async function bareInferenceMs(
  detector: Detector,
  seconds: number,
  onDone = () => {},
): Promise<number> {
  const { width, height } = detector.model.input;
  const pictures = [0, 1].map(() => new ArrayBuffer(3 * width * height));
  const counting: Detector = {
    model: detector.model,
    provider: detector.provider,
    network: detector.network,
    sessions: detector.sessions,
    close: () => detector.close(),
    detect: async (pixels) => {
      const result = await detector.detect(pixels);
      onDone();
      return result;
    },
  };
  const { signal } = new AbortController();
  const nowMs = () => performance.now();
  const durationMs = 1000 * seconds;
  const { networkMs } = await runBurst({ detector: counting, pictures, durationMs, nowMs, signal });
  return mean(networkMs);
}

/** The same with the recording decoded beside it, a frame for each that the network has done. */
export async function besideDecodingMs(detector: Detector, clip: string, seconds: number): Promise<number> {
  const { input: inputSize } = detector.model;
  const pool = new FramePool();
  const stop = new AbortController();
  let done = 0;
  let read = 0;
  const decode = async () => {
    while (!stop.signal.aborted)
      for await (const { pixels } of openSource(clip, { inputSize, pool }).frames(stop.signal)) {
        pool.release(pixels);
        read++;
        while (read > done + 2 && !stop.signal.aborted) await wait(1);
      }
  };
  const decoding = decode();
  await bareInferenceMs(detector, WARM_UP_MS / 1000, () => done++);
  const measured = await bareInferenceMs(detector, seconds, () => done++);
  stop.abort();
  await decoding;
  return measured;
}

export interface EndToEndOptions {
  readonly clip: string;
  /** Of a broker. */
  readonly url: string;
  readonly seconds: number;
  /** Threads that were there before any network was. */
  readonly own: ReadonlySet<string>;
  readonly warmUpMs?: number;
}

/** Of a frame, milliseconds. */
export interface EndToEnd {
  readonly ms: number;
  readonly cpu: {
    readonly mainThread: number;
    readonly helperThreads: number;
    readonly scaleAndSend: number;
    readonly videoDecode: number;
  };
  readonly lagMs: { readonly p50: number; readonly p99: number };
}

interface Reading {
  readonly atMs: number;
  readonly main: ThreadTimes;
  readonly capture: readonly ThreadTimes[];
}

/** A recording as fast as it can be read, up to messages at the broker. */
export async function endToEnd(detector: Detector, options: EndToEndOptions): Promise<EndToEnd> {
  const { clip, url, seconds, own, warmUpMs = WARM_UP_MS } = options;
  const path = await openPath({ detector, url, cameras: ['clip'] });
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  const stop = new AbortController();
  let from: Reading | undefined;
  let to: Reading | undefined;
  const read = (): Reading => {
    const capture = children().map(threadTimes);
    return { atMs: performance.now(), main: threadTimes(process.pid), capture };
  };
  const startedMs = performance.now();
  let frames = 0;
  const forEver = async function* (): AsyncGenerator<Frame> {
    while (!stop.signal.aborted)
      yield* openSource(clip, { inputSize: detector.model.input, pool: path.pool }).frames(stop.signal);
  };
  await path.follow(forEver(), {
    ahead: 1,
    onResult: () => {
      if (stop.signal.aborted) return;
      if (from === undefined) {
        if (performance.now() - startedMs < warmUpMs) return;
        from = read();
        lag.enable();
        return;
      }
      frames++;
      if (performance.now() - from.atMs < 1000 * seconds) return;
      to = read();
      stop.abort();
    },
  });
  lag.disable();
  await path.close();
  return perFrame(from!, to!, frames, own, {
    p50: lag.percentile(50) / 1e6 - LAG_RESOLUTION_MS,
    p99: lag.percentile(99) / 1e6 - LAG_RESOLUTION_MS,
  });
}

function perFrame(
  from: Reading,
  to: Reading,
  frames: number,
  own: ReadonlySet<string>,
  lagMs: EndToEnd['lagMs'],
): EndToEnd {
  const isMain = (_name: string, id: string) => id === String(process.pid);
  const isHelper = (_name: string, id: string) => own.has(id) && id !== String(process.pid);
  const capture = (counts: (name: string) => boolean) =>
    to.capture.reduce((sum, after, i) => sum + spentMs(from.capture[i] ?? new Map(), after, counts), 0);
  return {
    ms: (to.atMs - from.atMs) / frames,
    cpu: {
      mainThread: spentMs(from.main, to.main, isMain) / frames,
      helperThreads: spentMs(from.main, to.main, isHelper) / frames,
      scaleAndSend: capture((name) => !decodes(name)) / frames,
      videoDecode: capture(decodes) / frames,
    },
    lagMs,
  };
}

export interface StaticSceneOptions {
  readonly clip: string;
  /** Of a broker. */
  readonly url: string;
  readonly seconds: number;
  readonly motion?: CameraOptions['motion'];
}

/** A live camera in front of a scene in which nothing moves: processor time per second, all of it. */
export async function staticScene(
  detector: Detector,
  { clip, url, seconds, motion }: StaticSceneOptions,
): Promise<{ readonly cpuPerSecond: number; readonly fps: number }> {
  const path = await openPath({ detector, url, cameras: ['porch'] });
  const newest = new NewestFrames(['porch'], (pixels) => path.pool.release(pixels));
  const camera = new Camera({
    id: 'porch',
    uri: `file:${clip}`,
    inputSize: detector.model.input,
    pool: path.pool,
    onFrame: (frame) => newest.put(frame),
    onStatus: () => {},
    motion,
  });
  const stop = new AbortController();
  let frames = 0;
  camera.start();
  const following = path.follow(newest.frames(stop.signal), { ahead: 0, onResult: () => frames++ });
  await wait(GATE_SETTLES_MS);
  const pids = [process.pid, camera.pid!];
  const before = pids.map(threadTimes);
  const first = { frames, atMs: performance.now() };
  await wait(1000 * seconds);
  const after = pids.map(threadTimes);
  const elapsedMs = performance.now() - first.atMs;
  const lookedAt = frames - first.frames;
  stop.abort();
  await camera.close();
  await following;
  await path.close();
  const cpuMs = before.reduce((sum, one, i) => sum + spentMs(one, after[i]!), 0);
  return { cpuPerSecond: cpuMs / elapsedMs, fps: (1000 * lookedAt) / elapsedMs };
}

export interface SharingOptions {
  /** Of a broker. */
  readonly url: string;
  readonly seconds: number;
  /** What each camera offers. */
  readonly fps: readonly number[];
}

/** Cameras that share a detector; together they offer more than it can look at. @returns frames per second of each */
export async function sharing(detector: Detector, { url, seconds, fps }: SharingOptions): Promise<number[]> {
  const ids = fps.map((_, i) => `camera${i}`);
  const path = await openPath({ detector, url, cameras: ids });
  const newest = new NewestFrames(ids, (pixels) => path.pool.release(pixels));
  const cameras = ids.map(
    (id, i) =>
      new Camera({
        id,
        uri: `test:smpte75?width=320&height=240&fps=${fps[i]}`,
        inputSize: detector.model.input,
        pool: path.pool,
        onFrame: (frame) => newest.put(frame),
        onStatus: () => {},
      }),
  );
  const counts = new Map(ids.map((id) => [id, 0]));
  const stop = new AbortController();
  for (const camera of cameras) camera.start();
  const following = path.follow(newest.frames(stop.signal), {
    ahead: 0,
    onResult: ({ frame: { source } }) => counts.set(source, counts.get(source)! + 1),
  });
  while (!cameras.every(({ status }) => status.state === 'running')) await wait(START_POLL_MS);
  await wait(WARM_UP_MS);
  for (const id of ids) counts.set(id, 0);
  const startedMs = performance.now();
  await wait(1000 * seconds);
  const elapsedMs = performance.now() - startedMs;
  const rates = [...counts.values()].map((count) => (1000 * count) / elapsedMs);
  stop.abort();
  await Promise.all(cameras.map((camera) => camera.close()));
  await following;
  await path.close();
  return rates;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
