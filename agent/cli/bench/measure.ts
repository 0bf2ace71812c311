// Options -> a benchmark: networks made ready, measured, and where there are annotations evaluated.

import { basename } from 'node:path';
import { monotonicMs } from '#common/clock.js';
import { expected } from '#common/errors.js';
import { expectGoingOn } from '../../bench/interrupted.js';
import { firstPicture } from '../../bench/picture.js';
import type { Predicted } from '../../bench/predict.js';
import type { Accuracy, BenchDocument, BenchResult, Scenario } from '../../bench/result.js';
import { type BenchOptions, benchSteps, runBench } from '../../bench/run.js';
import { readSuite } from '../../bench/suite.js';
import type { Case } from '../../bench/task.js';
import { chooseMachine } from '../../device/this-machine.js';
import {
  type Annotated,
  EVALUATION_MIN_SCORE,
  evaluateFolder,
  expectCommonClass,
  readAnnotated,
} from '../../inference/evaluation.js';
import { showProgress } from '../progress.js';
import type { BenchArguments, Measurement } from './arguments.js';
import { type Prepared, prepareCases } from './cases.js';
import { openLiveAgent } from './live-agent.js';
import { prepareSuite, suiteMeasurement } from './suite-run.js';

/** Seconds of each case in a scenario; of multistream those of a trial. */
const DURATIONS: Readonly<Record<Scenario, number>> = {
  single: 10,
  offline: 10,
  multistream: 5,
  live: 30,
  sustained: 300,
};
export const CAMERAS = { fps: 10, maxAgeMs: 200 } as const;
const PROCESSES = 5;
const LAYER_FRAMES = 60;

export interface Measured {
  readonly document: BenchDocument;
  readonly prepared: readonly Prepared[];
}

type Plan = Pick<
  BenchOptions,
  'scenarios' | 'seconds' | 'load' | 'processes' | 'layerFrames' | 'isWanted' | 'picture'
>;

/** @param temporary a folder for networks that have to be made, and for files of a moment */
export async function measure(
  options: BenchArguments,
  temporary: string,
  signal: AbortSignal,
): Promise<Measured> {
  const machine = await chooseMachine({ here: true });
  const given = { machine, temporary, signal };
  const suite = options.suite === undefined ? undefined : await readSuite(options.suite);
  const { data, images, split } = options;
  const choice = { ...(images !== undefined && { images }), ...(split !== undefined && { split }) };
  const annotated = data === undefined ? undefined : await readAnnotated({ data, ...choice });
  const prepared = suite ? await prepareSuite(suite, given) : await prepareCases(options, given);
  const cases = prepared.map(({ subject }) => subject);
  if (annotated !== undefined) expectEvaluable(cases, annotated);
  const plan = suite ? suiteMeasurement(suite) : planOf(options);
  const progress = showProgress('measuring', benchSteps({ cases, ...plan }));
  try {
    const measured = await runBench({
      ...{ cases, ...plan, machine, temporary, signal },
      source: options.source,
      openAgent: openLiveAgent,
      predictedOf: (subject) => predictedOf(prepared, subject),
      nowMs: monotonicMs,
      onStep: () => progress.advance(),
    });
    progress.end();
    const named = suite && { suite: { name: suite.definition.name, sha256: suite.sha256 } };
    const results =
      annotated === undefined
        ? measured.results
        : await withAccuracy(measured.results, cases, annotated, { ...options, cache: temporary, signal });
    return { document: { ...named, ...measured, results }, prepared };
  } finally {
    progress.end();
  }
}

function planOf(options: BenchArguments): Plan {
  const { scenario, paper, layers, duration, fps, maxAge } = options;
  const usual: readonly Measurement[] = paper ? ['single'] : ['single', 'offline'];
  // Who asks for layers alone does not wait for the rest.
  const wanted = scenario ?? (layers ? [] : usual);
  return {
    scenarios: wanted.filter((one) => one !== 'coldstart'),
    seconds: (one) => duration ?? DURATIONS[one],
    load: { fps: fps ?? CAMERAS.fps, maxAgeMs: maxAge ?? CAMERAS.maxAgeMs },
    ...(wanted.includes('coldstart') && { processes: PROCESSES }),
    ...(layers && { layerFrames: LAYER_FRAMES }),
    picture: (input) => firstPicture(input),
  };
}

/** What is behind the prediction of scenario single. */
function predictedOf(prepared: readonly Prepared[], subject: Case): Predicted | undefined {
  const found = prepared.find((one) => one.subject === subject);
  return found?.predictions.find(({ threads }) => threads === subject.latency.threads);
}

/** Before minutes are spent. */
function expectEvaluable(cases: readonly Case[], annotated: Annotated): void {
  for (const { model, weights, folder } of cases) {
    if (weights === 'random')
      throw expected('trained weights, as random ones find nothing,', '--data', model);
    expectCommonClass(annotated, folder.description.labels);
  }
}

interface AccuracyOptions {
  readonly cache: string;
  readonly signal: AbortSignal;
}

/** Every network once in each precision, however many rows it has. */
async function withAccuracy(
  results: readonly BenchResult[],
  cases: readonly Case[],
  annotated: Annotated,
  { data, split, cache, signal }: Pick<BenchArguments, 'data' | 'split'> & AccuracyOptions,
): Promise<BenchResult[]> {
  const key = ({ model, size, precision, provider }: BenchResult | Case) =>
    [model, size, precision, provider].join('/');
  const subjects = new Map(cases.map((one) => [key(one), one]));
  const progress = showProgress('evaluating', subjects.size * annotated.pictures.length);
  const found = new Map<string, Accuracy>();
  try {
    for (const [name, { folder, wanted: precision, provider }] of subjects) {
      const { evaluation } = await evaluateFolder(folder, annotated, {
        ...{ provider, precision, cache, minScore: EVALUATION_MIN_SCORE },
        onStep: () => progress.advance(),
        goOn: () => expectGoingOn(signal),
      });
      const { perClass, vehicles, ap50, images } = evaluation;
      const figure = (value: number | null | undefined) =>
        value === undefined || value === null ? null : Number(value.toFixed(4));
      found.set(name, {
        ...{ data: basename(data!), split: split ?? null, images },
        ap50: {
          persons: figure(perClass['person']?.ap50),
          // Where there is one kind alone, there is no pool.
          vehicles: figure((vehicles ?? perClass['vehicle'] ?? perClass['car'])?.ap50),
          all: figure(ap50),
        },
      });
    }
  } finally {
    progress.end();
  }
  return results.map((row) => ({ ...row, accuracy: found.get(key(row))! }));
}
