// A detector that may be busy with cameras -> how long its inferences take on this machine.

import type { Detector } from '../models/runtime/detector.js';
import { round } from './mqtt/payloads.js';
import { Histogram } from './stats/histogram.js';

export interface BenchOptions {
  readonly detector: Detector;
  readonly seconds: number;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
}

export interface BenchResult {
  readonly model: string;
  readonly provider: string;
  readonly inferences: number;
  readonly latencyMs: {
    readonly p50: number;
    readonly p90: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
}

const WARM_UP = 3;

/** Single stream, on black pictures. Inference alone is timed: waiting for cameras' frames in between is not. */
export async function bench({ detector, seconds, nowMs }: BenchOptions): Promise<BenchResult> {
  const { name, input } = detector.model;
  let pixels = new ArrayBuffer(3 * input.width * input.height);
  const once = async () => {
    const result = await detector.detect(pixels);
    pixels = result.pixels;
    return result.inferenceMs;
  };
  for (let i = 0; i < WARM_UP; i++) await once();
  const times = new Histogram();
  for (const end = nowMs() + seconds * 1000; nowMs() < end; ) times.record(await once());
  const at = (share: number) => round(times.percentile(share), 2);
  return {
    model: name,
    provider: detector.provider,
    inferences: times.count,
    latencyMs: { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: round(times.maxMs, 2) },
  };
}
