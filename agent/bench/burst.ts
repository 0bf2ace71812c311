// A detector kept busy for a moment -> how long each frame took.

import type { Detector } from '../../models/runtime/detector.js';

export interface Burst {
  /** From pixels to boxes, in the order in which they came. */
  readonly latenciesMs: readonly number[];
  /** The network alone. */
  readonly networkMs: readonly number[];
  readonly durationMs: number;
}

export interface BurstOptions {
  readonly detector: Detector;
  /** As many as are to be in flight at the same time, each of the size of the input; they stay as they are. */
  readonly pictures: readonly ArrayBuffer[];
  readonly durationMs: number;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** At least one frame for each picture, the last of which may end after the time. */
export async function runBurst(options: BurstOptions): Promise<Burst> {
  const { detector, pictures, durationMs, nowMs, signal } = options;
  const latenciesMs: number[] = [];
  const networkMs: number[] = [];
  const startedMs = nowMs();
  const lane = async (picture: ArrayBuffer) => {
    let pixels = picture.slice(0);
    do {
      const beganMs = nowMs();
      const result = await detector.detect(pixels);
      latenciesMs.push(nowMs() - beganMs);
      networkMs.push(result.inferenceMs);
      pixels = result.pixels;
    } while (nowMs() - startedMs < durationMs && !signal.aborted);
  };
  await Promise.all(pictures.map(lane));
  return { latenciesMs, networkMs, durationMs: nowMs() - startedMs };
}
