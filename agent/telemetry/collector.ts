// Counts, times and load -> a snapshot of each interval, and totals since start.

import { BucketCounts } from './bucket-counts.js';
import { CameraCounters } from './counters.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { LoadReading } from './machine-load.js';
import type { LatencyFigures, StatsSnapshot } from './reports.js';
import { SecondLookCounts } from './second-look-counts.js';
import { type Stage, stages } from './stages.js';

export class StatsCollector {
  readonly #nowMs: () => number;
  readonly #cameras = new Map<string, CameraCounters>();
  readonly #latency = new Map<Stage, LatencyHistogram>(
    stages.map((stage) => [stage, new LatencyHistogram()]),
  );
  readonly #sinceStart = new Map<Stage, BucketCounts>(stages.map((stage) => [stage, new BucketCounts()]));
  readonly secondLooks = new SecondLookCounts();
  #sinceMs: number;
  #machine: LoadReading['system'] | undefined;

  /** @param nowMs a clock that never goes back */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  /** The counters of a camera, made where there are none yet. */
  camera(id: string): CameraCounters {
    const counters = this.#cameras.get(id) ?? new CameraCounters();
    this.#cameras.set(id, counters);
    return counters;
  }

  /** The camera has gone, and its counts with it. */
  forget(id: string): void {
    this.#cameras.delete(id);
  }

  latency(stage: Stage, ms: number): void {
    this.#latency.get(stage)!.record(ms);
    this.#sinceStart.get(stage)!.record(ms / 1000);
  }

  /** Totals since start, which no interval ends. */
  get totals(): {
    readonly cameras: ReadonlyMap<string, CameraCounters>;
    readonly stages: ReadonlyMap<Stage, BucketCounts>;
    readonly secondLooks: SecondLookCounts['totals'];
  } {
    return { cameras: this.#cameras, stages: this.#sinceStart, secondLooks: this.secondLooks.totals };
  }

  /** What was read of the machine last; nothing before the first interval has ended. */
  get machine(): LoadReading['system'] | undefined {
    return this.#machine;
  }

  /** Ends the interval: rates and latency begin anew, totals go on. */
  take(load: LoadReading): StatsSnapshot {
    const nowMs = this.#nowMs();
    // A clock with coarse steps may not have moved; a rate must stay finite.
    const seconds = Math.max(nowMs - this.#sinceMs, 1) / 1000;
    this.#sinceMs = nowMs;
    this.#machine = load.system;
    const secondLook = this.secondLooks.take(seconds);
    return {
      intervalSeconds: seconds,
      cameras: Object.fromEntries([...this.#cameras].map(([id, counters]) => [id, counters.take(seconds)])),
      ...(secondLook && { secondLook }),
      latencyMs: this.#takeLatency(),
      ...load,
    };
  }

  #takeLatency(): StatsSnapshot['latencyMs'] {
    const result: Partial<Record<Stage, LatencyFigures>> = {};
    for (const [stage, times] of this.#latency) {
      if (times.count === 0) continue;
      result[stage] = {
        p50: times.percentile(0.5),
        p95: times.percentile(0.95),
        p99: times.percentile(0.99),
        max: times.maxMs,
        count: times.count,
      };
      times.clear();
    }
    return result;
  }
}
