// A camera or clip at its own pace through the whole agent -> how old results are when they are published, and what was dropped.

import { expected } from '#common/errors.js';
import { histogramOf, percentile, rounded } from './figures.js';
import { pause } from './interrupted.js';
import type { Metering } from './metering.js';
import { firstPicture } from './picture.js';
import type { BenchResult, Moment } from './result.js';
import { describe, energyOf, type IdlePower, latencyOf, timesOf } from './row.js';
import { readSensors } from './sensors.js';
import { type Case, executionOf } from './task.js';

/** What the scenario needs of a message on `detections`. */
export interface PublishedFrame {
  readonly frame: { readonly sequence: number; readonly ageMs: number };
  readonly inferenceMs: number;
}

/** The whole agent on one source, until it is stopped. */
export interface LiveAgent {
  /** Resolves where the source has ended or the agent was stopped. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts an agent with a broker of its own. Bench knows neither: the command hands it in. */
export type OpenLiveAgent = (
  subject: Case,
  source: string,
  onPublished: (published: PublishedFrame) => void,
  signal: AbortSignal,
) => Promise<LiveAgent>;

export interface LiveOptions {
  readonly source: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** After each second. */
  readonly onStep: () => void;
  readonly openAgent: OpenLiveAgent;
  readonly root?: string;
  readonly metering?: Metering;
  readonly idle?: IdlePower;
}

/** Opening, the first key frame and the first inference. */
const WARM_UP_MS = 2000;
const FIRST_FRAME_MS = 20_000;

/** @throws CspcamError for a source that gives no frames, and for weights that cannot tell one box from another */
export async function measureLive(subject: Case, options: LiveOptions): Promise<BenchResult> {
  if (subject.weights === 'random')
    throw expected(
      'trained weights, as random ones find thousands of boxes,',
      '--scenario live',
      subject.model,
    );
  // The agent would try again and again: what cannot be read is to be said at once.
  await firstPicture(subject.folder.description.input, options.source);
  const seen: PublishedFrame[] = [];
  const { source, signal } = options;
  const agent = await options.openAgent(subject, source, (published) => seen.push(published), signal);
  try {
    await firstFrame(seen, agent, options);
    await pause(WARM_UP_MS, signal);
    seen.length = 0;
    const before = await options.metering?.joules();
    const timeline = await watch(seen, options);
    const after = await options.metering?.joules();
    const joules = before === undefined || after === undefined ? undefined : after - before;
    return liveRow(subject, { ...options, ...(joules !== undefined && { joules }) }, seen, timeline);
  } finally {
    await agent.stop();
  }
}

async function firstFrame(
  seen: readonly PublishedFrame[],
  agent: LiveAgent,
  options: LiveOptions,
): Promise<void> {
  const end = options.nowMs() + FIRST_FRAME_MS;
  const ended = agent.ended.then(() => true);
  while (seen.length === 0) {
    const over = await Promise.race([ended, pause(50, options.signal).then(() => false)]);
    if (over || options.nowMs() > end) throw expected('frames', '--source', options.source);
  }
}

/** @returns a moment for each second */
async function watch(seen: readonly PublishedFrame[], options: LiveOptions): Promise<Moment[]> {
  const { seconds, nowMs, onStep, root, signal } = options;
  const timeline: Moment[] = [];
  const [beganMs, steps] = [nowMs(), Math.ceil(seconds)];
  for (let step = 0, [count, lastMs] = [0, beganMs]; step < steps; step++) {
    await pause((1000 * seconds) / steps, signal);
    const { clockMHz, temperatureC } = await readSensors(root);
    const now = nowMs();
    timeline.push({
      seconds: rounded((now - beganMs) / 1000, 2),
      fps: rounded((1000 * (seen.length - count)) / (now - lastMs), 2),
      clockMHz: clockMHz === null ? null : rounded(clockMHz, 0),
      temperatureC,
    });
    [count, lastMs] = [seen.length, now];
    onStep();
  }
  return timeline;
}

/** @param seen of one camera, in the order of capture */
export function liveRow(
  subject: Case,
  { source, joules, idle }: Pick<LiveOptions, 'source' | 'idle'> & { readonly joules?: number },
  seen: readonly PublishedFrame[],
  timeline: readonly Moment[],
): BenchResult {
  if (seen.length === 0) throw expected('frames', '--source', source);
  const ages = seen.map(({ frame }) => frame.ageMs).toSorted((a, b) => a - b);
  const captured = capturedOf(seen.map(({ frame }) => frame.sequence));
  const age = (share: number) => rounded(percentile(ages, share), 1);
  return {
    ...describe(subject, 'live'),
    fps: rounded(seen.length / timeline.at(-1)!.seconds, 2),
    latencyMs: latencyOf(ages),
    ...timesOf(
      executionOf(subject, 'live'),
      seen.map(({ inferenceMs }) => inferenceMs),
    ),
    inferences: seen.length,
    noise: null,
    ratio: null,
    timeline: [...timeline],
    histogram: histogramOf(ages).map(({ fromMs, toMs, count }) => ({
      fromMs: rounded(fromMs),
      toMs: rounded(toMs),
      count,
    })),
    energy: energyOf(joules, timeline.at(-1)!.seconds, seen.length, idle),
    live: {
      source,
      ageMs: { p50: age(0.5), p95: age(0.95), p99: age(0.99) },
      captured,
      published: seen.length,
      dropped: captured - seen.length,
    },
  };
}

/** A source that begins anew counts from 0 again. */
function capturedOf(sequences: readonly number[]): number {
  return sequences.reduce((sum, sequence, i) => {
    const last = sequences[i - 1];
    return sum + (last === undefined || sequence <= last ? 1 : sequence - last);
  }, 0);
}
