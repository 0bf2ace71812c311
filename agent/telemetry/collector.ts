// Counts, times and load -> the body of each message on `stats`.

import { round } from '../messaging/payloads.js';
import { type Body, type Stage, stages } from '../messaging/schemas.js';
import { BucketCounts } from './bucket-counts.js';
import { CameraCounters } from './counters.js';
import { Histogram } from './histogram.js';

export interface LoadReading {
  readonly process: Body<'stats'>['process'];
  readonly system: Body<'stats'>['system'];
}

export class StatsCollector {
  readonly #nowMs: () => number;
  readonly #cameras = new Map<string, CameraCounters>();
  readonly #latency = new Map<Stage, Histogram>(stages.map((stage) => [stage, new Histogram()]));
  readonly #sinceStart = new Map<Stage, BucketCounts>(stages.map((stage) => [stage, new BucketCounts()]));
  #sinceMs: number;

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

  latency(stage: Stage, ms: number): void {
    this.#latency.get(stage)!.record(ms);
    this.#sinceStart.get(stage)!.record(ms / 1000);
  }

  /** Totals since start, which no interval ends. */
  get totals(): {
    readonly cameras: ReadonlyMap<string, CameraCounters>;
    readonly stages: ReadonlyMap<Stage, BucketCounts>;
  } {
    return { cameras: this.#cameras, stages: this.#sinceStart };
  }

  /** Ends the interval: rates and latency begin anew, totals go on. */
  take(load: LoadReading, mqtt: Body<'stats'>['mqtt']): Body<'stats'> {
    const nowMs = this.#nowMs();
    // A clock with coarse steps may not have moved; a rate must stay finite.
    const seconds = Math.max(nowMs - this.#sinceMs, 1) / 1000;
    this.#sinceMs = nowMs;
    return {
      intervalSeconds: round(seconds, 3),
      cameras: Object.fromEntries([...this.#cameras].map(([id, counters]) => [id, counters.take(seconds)])),
      latencyMs: this.#takeLatency(),
      process: load.process,
      system: load.system,
      mqtt: { ...mqtt },
    };
  }

  #takeLatency(): Body<'stats'>['latencyMs'] {
    const result: Body<'stats'>['latencyMs'] = {};
    for (const [stage, times] of this.#latency) {
      if (times.count === 0) continue;
      result[stage] = {
        p50: round(times.percentile(0.5), 2),
        p95: round(times.percentile(0.95), 2),
        p99: round(times.percentile(0.99), 2),
        max: round(times.maxMs, 2),
        count: times.count,
      };
      times.clear();
    }
    return result;
  }
}
