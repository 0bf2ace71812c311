// A benchmark and the suite that it says it is of -> what speaks against publishing it, a sentence each. Pure but for its imports.

import { BUSY } from '../environment.js';
import type { BenchDocument, BenchResult } from '../result.js';
import { rowsOfDocument, rowsOfSuite, type Suite } from '../suite.js';

const FEWEST_ROUNDS = 5;
const MOST_NOISE = 0.03;
/** The least that a run is shorter by than its suite says, as clocks and bursts go. */
const SHORTEST = 0.9;

/** @param suite nothing where the package has none of that name */
export function problemsOf(document: BenchDocument, suite: Suite | undefined): string[] {
  if (document.suite === undefined) return ['expected a run of a suite (--suite), received another'];
  if (suite === undefined || suite.sha256 !== document.suite.sha256)
    return [
      `expected a suite of this version, received ${document.suite.name} with sha256 ${document.suite.sha256.slice(0, 12)}`,
    ];
  return [
    ...completeness(document, suite),
    ...conditions(document),
    ...document.results.flatMap((row) => [...steadiness(row), ...plausibility(row, suite)]),
    ...agreement(document),
  ];
}

function completeness(document: BenchDocument, { definition }: Suite): string[] {
  const [wanted, found] = [rowsOfSuite(definition), rowsOfDocument(document)];
  const times = (row: string) => found.filter((one) => one === row).length;
  return [
    ...wanted.filter((row) => times(row) !== 1).map((row) => `expected ${row} once, received ${times(row)}`),
    ...found.filter((row) => !wanted.includes(row)).map((row) => `expected nothing of ${row}`),
  ];
}

function conditions({ environment: { othersLoad, throttled, cores } }: BenchDocument): string[] {
  return [
    ...(throttled === true ? ['expected a machine that is not held back, received one that throttled'] : []),
    ...(othersLoad === null ? ['expected the load of other processes, received nothing'] : []),
    ...(othersLoad !== null && othersLoad > BUSY
      ? [`expected other processes on at most ${BUSY} of ${cores} cores, received ${othersLoad}`]
      : []),
  ];
}

function steadiness(row: BenchResult): string[] {
  if (row.scenario === 'multistream') return [];
  const { noise, timeline } = row;
  return [
    ...(timeline.length < FEWEST_ROUNDS
      ? [`expected ${FEWEST_ROUNDS} turns of ${named(row)}, received ${timeline.length}`]
      : []),
    ...(noise === null || noise > MOST_NOISE
      ? [`expected noise of at most ${MOST_NOISE} for ${named(row)}, received ${noise}`]
      : []),
  ];
}

/** What follows from how it was measured. */
function plausibility(row: BenchResult, { definition }: Suite): string[] {
  const { fps, latencyMs, networkMs, inferences, histogram, scenario, sessions, multistream } = row;
  const { min, p50, p90, p95, p99 } = latencyMs;
  const counted = histogram.reduce((sum, { count }) => sum + count, 0);
  const seconds = definition[scenario === 'offline' ? 'offline' : 'single'].seconds;
  // Little's law: so many frames were under way.
  const underWay = (fps * p50) / 1000;
  const expectedUnderWay = scenario === 'offline' ? 2 * sessions : 1;
  const isInTurns = scenario === 'single' || scenario === 'offline';
  const wrong: (readonly [boolean, string])[] = [
    [!(min <= p50 && p50 <= p90 && p90 <= p95 && p95 <= p99), 'percentiles that rise'],
    [counted !== inferences, `a histogram of its ${inferences} frames`],
    [isInTurns && inferences / fps < SHORTEST * seconds, `${seconds} s of frames`],
    [
      isInTurns && (underWay < 0.5 * expectedUnderWay || underWay > 1.5 * expectedUnderWay),
      'a frame rate that fits the latency',
    ],
    [scenario === 'single' && networkMs > 1.05 * p50, 'a network that takes no longer than its frame'],
    [
      multistream !== undefined &&
        !multistream.trials.some((one) => one.cameras === Math.max(1, multistream.cameras)),
      'a trial with as many cameras as it tells',
    ],
  ];
  return wrong.filter(([is]) => is).map(([, what]) => `expected ${what} of ${named(row)}`);
}

/** Cameras cannot have more than there is, and a profiler cannot make a network fast. */
function agreement({ results, layers = [] }: BenchDocument): string[] {
  const same = (row: { model: string; size: number; precision: string }, scenario: string) =>
    results.find(
      (one) =>
        one.model === row.model &&
        one.size === row.size &&
        one.precision === row.precision &&
        one.scenario === scenario,
    );
  const cameras = results.flatMap((row) => {
    const offline = same(row, 'offline');
    if (row.multistream === undefined || offline === undefined) return [];
    return row.multistream.cameras * row.multistream.cameraFps > 1.25 * offline.fps
      ? [`expected ${named(row)} within what offline reaches`]
      : [];
  });
  const profiled = layers.flatMap((one) => {
    const single = same(one, 'single');
    const share = single === undefined ? 1 : one.networkMs / single.networkMs;
    return share < 0.6 || share > 3
      ? [`expected layers of ${one.model} ${one.precision} that fit single`]
      : [];
  });
  return [...cameras, ...profiled];
}

function named({ model, size, precision, scenario }: BenchResult): string {
  return `${model} ${size} ${precision} ${scenario}`;
}
