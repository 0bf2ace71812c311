// A daemon and its subscriber -> what its processes hold and how late its detections come, one sample at a time.

import { readdir, readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import type { Daemon } from './daemon.js';
import { quantile } from './trend.js';

/** Of the processes as the kernel counts them. */
export interface Held {
  readonly residentMB: number;
  /** Written to, and so of this process alone: pages of files come and go with what its neighbours do. */
  readonly ownMB: number;
  readonly descriptors: number;
  readonly threads: number;
}

export interface Sample {
  readonly minute: number;
  readonly daemon: Held;
  /** By camera; nothing of one that is being started. */
  readonly captures: Readonly<Record<string, Held>>;
  /** From capture to the subscriber, of the detections that came since the sample before. */
  readonly latencyMs: { readonly p50: number; readonly p95: number } | null;
  /** Since the sample before, as the subscriber saw them. */
  readonly detections: number;
  readonly events: number;
  /** Since the start, as the agent counts them. */
  readonly inferred: number;
  readonly restarts: number;
  readonly load: number;
}

/** @returns nothing where it is gone */
export async function heldBy(pid: number): Promise<Held | undefined> {
  try {
    const [rollup, status, descriptors] = await Promise.all([
      readFile(`/proc/${pid}/smaps_rollup`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
      readdir(`/proc/${pid}/fd`),
    ]);
    const number = (text: string, key: string) =>
      Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
    return {
      residentMB: (1024 * number(rollup, 'Rss')) / 1e6,
      ownMB: (1024 * number(rollup, 'Anonymous')) / 1e6,
      descriptors: descriptors.length,
      threads: number(status, 'Threads'),
    };
  } catch {
    return undefined;
  }
}

/** Takes what the subscriber has seen since the last time, and leaves nothing of it. */
export async function takeSample(
  { agent, subscriber, captures }: Daemon,
  startedMs: number,
): Promise<Sample> {
  const seen = subscriber.take();
  const detections = seen.filter(({ topic }) => topic.endsWith('/detections'));
  const latencies = detections
    .map(({ atMs, payload }) => atMs - Date.parse(payload.frame.capturedAt))
    .toSorted((a, b) => a - b);
  const stats = seen.findLast(({ topic }) => topic.endsWith('/stats'))?.payload;
  const total = (key: 'inferred' | 'restarts') =>
    Object.values<Record<string, number>>(stats?.cameras ?? {}).reduce((sum, one) => sum + one[key]!, 0);
  const daemon = await heldBy(agent.child.pid!);
  if (daemon === undefined) throw new Error(`the daemon is gone: ${agent.err.slice(-2000)}`);
  const ofCaptures = await Promise.all(
    [...(await captures())].map(async ([camera, pid]) => [camera, await heldBy(pid)] as const),
  );
  return {
    minute: (performance.now() - startedMs) / 60_000,
    daemon,
    captures: Object.fromEntries(ofCaptures.flatMap(([camera, held]) => (held ? [[camera, held]] : []))),
    latencyMs:
      latencies.length === 0 ? null : { p50: quantile(latencies, 0.5), p95: quantile(latencies, 0.95) },
    detections: detections.length,
    events: seen.filter(({ topic }) => topic.endsWith('/events')).length,
    inferred: total('inferred'),
    restarts: total('restarts'),
    load: loadavg()[0]!,
  };
}
