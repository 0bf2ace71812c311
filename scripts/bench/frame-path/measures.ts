// One turn of each measure. A turn is short; the command gives every measure its turn in each round.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Camera } from '../../../dist/pipelines/capture/camera.js';
import { FramePool } from '../../../dist/pipelines/frame-pool.js';
import { NewestFrames } from '../../../dist/pipelines/newest.js';
import { openSource } from '../../../dist/pipelines/open.js';
import { children, decodes, spent, threadTimes } from './cpu.mjs';
import { openPath } from './path.mjs';

const WARM_UP_MS = 800;

/** The network alone, its next frame always there: mean milliseconds of `session.run`. */
export async function bareInference(detector, seconds, onDone = () => {}) {
  const bytes = 3 * detector.model.input.width * detector.model.input.height;
  const until = performance.now() + 1000 * seconds;
  const times = [];
  const keepBusy = async () => {
    let pixels = new ArrayBuffer(bytes);
    while (performance.now() < until) {
      const result = await detector.detect(pixels);
      pixels = result.pixels;
      times.push(result.inferenceMs);
      onDone();
    }
  };
  await Promise.all([keepBusy(), keepBusy()]);
  return { ms: mean(times.slice(2)) };
}

/** The same with the recording decoded beside it, a frame for each that the network has done. */
export async function besideDecoding(detector, clip, seconds) {
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
  await bareInference(detector, WARM_UP_MS / 1000, () => done++);
  const measured = await bareInference(detector, seconds, () => done++);
  stop.abort();
  await decoding;
  return measured;
}

/** A recording as fast as it can be read, up to messages at the broker. */
export async function endToEnd(detector, { clip, url, seconds, own, warmUpMs = WARM_UP_MS }) {
  const path = await openPath({ detector, url, cameras: ['clip'] });
  const lag = monitorEventLoopDelay({ resolution: 5 });
  const stop = new AbortController();
  let from;
  let to;
  const readings = () => {
    const capture = children().map(threadTimes);
    return { atMs: performance.now(), main: threadTimes(process.pid), capture };
  };
  const started = performance.now();
  let frames = 0;
  const forEver = async function* () {
    while (!stop.signal.aborted) {
      yield* openSource(clip, { inputSize: detector.model.input, pool: path.pool }).frames(stop.signal);
    }
  };
  await path.follow(forEver(), {
    ahead: 1,
    onResult: () => {
      if (stop.signal.aborted) return;
      if (from === undefined) {
        if (performance.now() - started < warmUpMs) return;
        from = readings();
        lag.enable();
        return;
      }
      frames++;
      if (performance.now() - from.atMs < 1000 * seconds) return;
      to = readings();
      stop.abort();
    },
  });
  lag.disable();
  await path.close();
  const isMain = (_name, id) => id === String(process.pid);
  const isHelper = (_name, id) => own.has(id) && !isMain(_name, id);
  const capture = (counts) =>
    to.capture.reduce((sum, after, i) => sum + spent(from.capture[i] ?? new Map(), after, counts), 0);
  return {
    ms: (to.atMs - from.atMs) / frames,
    cpu: {
      mainThread: spent(from.main, to.main, isMain) / frames,
      helperThreads: spent(from.main, to.main, isHelper) / frames,
      scaleAndSend: capture((name) => !decodes(name)) / frames,
      videoDecode: capture(decodes) / frames,
    },
    lagMs: { p50: lag.percentile(50) / 1e6 - 5, p99: lag.percentile(99) / 1e6 - 5 },
  };
}

/** A live camera in front of a scene in which nothing moves: processor time per second, all of it. */
export async function staticScene(detector, { clip, url, seconds, motion }) {
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
  // The gate lets everything through for its first two seconds.
  await wait(5000);
  const pid = camera.pid;
  const before = [threadTimes(process.pid), threadTimes(pid)];
  const first = { frames, atMs: performance.now() };
  await wait(1000 * seconds);
  const after = [threadTimes(process.pid), threadTimes(pid)];
  const elapsedMs = performance.now() - first.atMs;
  const looked = frames - first.frames;
  stop.abort();
  await camera.close();
  await following;
  await path.close();
  const cpuMs = before.reduce((sum, one, i) => sum + spent(one, after[i]), 0);
  return { cpuPerSecond: cpuMs / elapsedMs, fps: (1000 * looked) / elapsedMs };
}

/** Cameras that share a detector; together they offer more than it can look at. */
export async function sharing(detector, { url, seconds, fps }) {
  const cameras = fps.map((_, i) => `camera${i}`);
  const path = await openPath({ detector, url, cameras });
  const newest = new NewestFrames(cameras, (pixels) => path.pool.release(pixels));
  const opened = cameras.map(
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
  const counts = cameras.map(() => 0);
  const stop = new AbortController();
  for (const camera of opened) camera.start();
  const following = path.follow(newest.frames(stop.signal), {
    ahead: 0,
    onResult: ({ frame }) => counts[cameras.indexOf(frame.source)]++,
  });
  const all = () => opened.every(({ status }) => status.state === 'running');
  while (!all()) await wait(50);
  await wait(WARM_UP_MS);
  counts.fill(0);
  const started = performance.now();
  await wait(1000 * seconds);
  const rates = counts.map((count) => (1000 * count) / (performance.now() - started));
  stop.abort();
  await Promise.all(opened.map((camera) => camera.close()));
  await following;
  await path.close();
  return rates;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
