// A detector and cameras that give frames at their own pace -> how many cameras it serves within an age limit.

import { seededRandom } from '../../models/networks/random.js';
import type { Frame } from '../../pipelines/frame.js';
import { FramePool } from '../../pipelines/frame-pool.js';
import { NewestFrames } from '../../pipelines/newest.js';
import { followFrames } from '../inference/frame-path.js';
import { mostCameras } from './camera-search.js';
import { histogramOf, percentile, rounded } from './figures.js';
import { pause } from './interrupted.js';
import type { BenchResult, Trial } from './result.js';
import { describe, latencyOf, timesOf } from './row.js';
import { executionOf, type Task } from './task.js';

export interface CameraLoad {
  /** Frames per second of each camera. */
  readonly fps: number;
  /** Milliseconds from a camera's frame to its boxes. */
  readonly maxAgeMs: number;
}

export interface MultistreamOptions {
  readonly load: CameraLoad;
  /** Of a trial. */
  readonly seconds: number;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  /** After each trial. */
  readonly onStep: () => void;
}

/** Of all frames that cameras give, those that are looked at in time, at least: MLPerf's 99th percentile. */
const IN_TIME = 0.99;
/** Cameras begin whenever they were switched on; each where the same seed puts it, however many there are. */
const PHASE_SEED = 1;
const WARM_UP_FRAMES = 5;

interface Measured extends Trial {
  readonly agesMs: readonly number[];
  readonly networkMs: readonly number[];
  readonly seconds: number;
}

/** @throws CspcamError where it was interrupted, and what the detector throws */
export async function measureMultistream(task: Task, options: MultistreamOptions): Promise<BenchResult> {
  const { detector, picture } = task;
  for (let i = 0, pixels = picture.slice(0); i < WARM_UP_FRAMES; i++)
    pixels = (await detector.detect(pixels)).pixels;
  const found = await mostCameras(async (cameras) => {
    const done = await runTrial(task, cameras, options);
    options.onStep();
    return done;
  });
  return rowOfTrials(task, found, options.load);
}

/** The frames of so many cameras for a while, through the path that the agent has behind its cameras. */
async function runTrial(
  { detector, picture }: Pick<Task, 'detector' | 'picture'>,
  cameras: number,
  { load, seconds, nowMs, signal }: MultistreamOptions,
): Promise<Measured> {
  const random = seededRandom(PHASE_SEED);
  const phases = Array.from({ length: cameras }, random)
    .map((phase, index) => ({ phase, source: `camera-${index}` }))
    .toSorted((a, b) => a.phase - b.phase);
  const pool = new FramePool(2 * cameras + 2 * detector.sessions);
  const newest = new NewestFrames(
    phases.map(({ source }) => source),
    (pixels) => pool.release(pixels),
  );
  const [agesMs, networkMs]: [number[], number[]] = [[], []];
  const answered = followFrames(newest.frames(signal), {
    detector,
    release: (pixels) => pool.release(pixels),
    onResult: ({ frame, inferenceMs }) => {
      agesMs.push(nowMs() - frame.capturedMonotonicMs);
      networkMs.push(inferenceMs);
    },
    onFailure: (_frame, error) => {
      throw error;
    },
  });
  const [beganMs, each] = [nowMs(), Math.max(1, Math.round(seconds * load.fps))];
  const giving = giveFrames(async (sequence) => {
    for (const { phase, source } of phases) {
      const dueMs = beganMs + (1000 * (sequence + phase)) / load.fps;
      const aheadMs = dueMs - nowMs();
      if (aheadMs > 0) await pause(aheadMs, signal);
      const pixels = pool.acquire(picture.byteLength);
      new Uint8Array(pixels).set(new Uint8Array(picture));
      // Timers may be early by a part of a millisecond: then so is the camera.
      const capturedMs = Math.min(dueMs, nowMs());
      newest.put(frameOf(source, sequence, capturedMs, pixels, detector.model.input));
    }
  }, each).finally(() => newest.end());
  await Promise.all([giving, answered]);
  const [given, tookMs] = [cameras * each, nowMs() - beganMs];
  return { ...judged(agesMs, given, cameras, load.maxAgeMs), agesMs, networkMs, seconds: tookMs / 1000 };
}

async function giveFrames(give: (sequence: number) => Promise<void>, count: number): Promise<void> {
  for (let sequence = 0; sequence < count; sequence++) await give(sequence);
}

/** @param capturedMonotonicMs when it was due, whether or not this process was late */
function frameOf(
  source: string,
  sequence: number,
  capturedMonotonicMs: number,
  pixels: ArrayBuffer,
  { width, height }: { readonly width: number; readonly height: number },
): Frame {
  const size = { width, height };
  return {
    ...{ source, sequence, capturedMonotonicMs, pixels },
    ...{ capturedAtMs: 0, mediaTimeMs: 0, sourceSize: size, inputSize: size },
    content: { x: 0, y: 0, ...size },
  };
}

/** A frame that was dropped is as late as can be. @param agesMs of frames looked at */
export function judged(agesMs: readonly number[], given: number, cameras: number, maxAgeMs: number): Trial {
  const sorted = agesMs.toSorted((a, b) => a - b);
  const inTime = sorted.filter((age) => age <= maxAgeMs).length / given;
  return {
    cameras,
    p99Ms: sorted.length === 0 ? 0 : rounded(percentile(sorted, 0.99), 1),
    dropped: rounded(1 - sorted.length / given, 4),
    inTime: rounded(inTime, 4),
    isWithin: inTime >= IN_TIME,
  };
}

function rowOfTrials(
  { subject }: Pick<Task, 'subject'>,
  { best, cameras, trials }: Awaited<ReturnType<typeof mostCameras<Measured>>>,
  { fps, maxAgeMs }: CameraLoad,
): BenchResult {
  const sorted = best.agesMs.toSorted((a, b) => a - b);
  const age = (share: number) => rounded(percentile(sorted, share), 1);
  return {
    ...describe(subject, 'multistream'),
    fps: rounded(sorted.length / best.seconds, 2),
    latencyMs: latencyOf(sorted),
    ...timesOf(executionOf(subject, 'multistream'), best.networkMs),
    inferences: sorted.length,
    noise: null,
    ratio: null,
    timeline: [],
    histogram: histogramOf(sorted).map(({ fromMs, toMs, count }) => ({
      fromMs: rounded(fromMs),
      toMs: rounded(toMs),
      count,
    })),
    energy: null,
    multistream: {
      ...{ cameras, cameraFps: fps, maxAgeMs, dropped: best.dropped },
      ageMs: { p50: age(0.5), p95: age(0.95), p99: age(0.99) },
      trials: trials.map((one) => ({
        cameras: one.cameras,
        p99Ms: one.p99Ms,
        dropped: one.dropped,
        inTime: one.inTime,
        isWithin: one.isWithin,
      })),
    },
  };
}
