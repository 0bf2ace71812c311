// cspcam engines check: pictures of the demo clip through an engine and through ONNX Runtime -> boxes and times beside each other.

import { CspcamError } from '#common/errors.js';
import { cacheDirectory } from '#common/folders.js';
import type { Detection } from '../../../models/detection.js';
import type { Detector } from '../../../models/runtime/detector.js';
import type { EngineName } from '../../../models/runtime/engines/registry.js';
import { openDetector } from '../../../models/runtime/open.js';
import { openSource } from '../../../pipelines/open.js';
import { median } from '../../bench/figures.js';
import { CLIP } from '../../bench/picture.js';
import { chosenModel } from '../../inference/bundled-models.js';
import { type Comparison, compareBoxes } from '../../inference/compare-boxes.js';
import { inSteps } from '../../inference/detector-of.js';
import { print, table } from '../models/text.js';
import { showProgress } from '../progress.js';

interface Options {
  readonly model?: string;
  readonly frames?: number;
  readonly json?: true;
}

const FRAMES = 20;
const MIN_SCORE = 0.3;
/** What two runtimes may differ by in floats of 32 bits, and in fewer. */
const LIMITS = { fp32: { iou: 0.99, score: 0.005 }, auto: { iou: 0.9, score: 0.05 } };

export async function checkEngine(
  engine: EngineName,
  { model, frames = FRAMES, json }: Options,
  signal: AbortSignal,
): Promise<void> {
  const folder = await chosenModel(model);
  const rows = [
    { provider: 'cpu', precision: 'fp32' },
    { provider: engine, precision: 'fp32' },
    { provider: 'cpu', precision: 'auto' },
    { provider: engine, precision: 'auto' },
  ] as const;
  const detectors: Detector[] = [];
  const progress = showProgress('checking', frames);
  try {
    for (const row of rows) {
      const how = { ...row, threads: 0, minScore: MIN_SCORE, signal };
      detectors.push(await openDetector(folder, row.provider === 'cpu' ? how : { ...how, ...asAgent(row) }));
    }
    const found: Detection[][][] = rows.map(() => []);
    const times: number[][] = rows.map(() => []);
    for await (const pixels of pictures(folder.description.input, frames, signal)) {
      // In turns: a busy moment of the machine is everyone's.
      for (const [i, detector] of detectors.entries()) {
        const { inputBoxes, inferenceMs } = await detector.detect(pixels.slice(0));
        found[i]!.push([...inputBoxes]);
        times[i]!.push(inferenceMs);
      }
      progress.advance();
    }
    signal.throwIfAborted();
    progress.end();
    const results = rows.map((row, i) => ({
      ...row,
      runs: detectors[i]!.network.form ?? detectors[i]!.network.precision,
      ms: median(times[i]!),
      ...compareBoxes(found[0]!, found[i]!, LIMITS[row.precision]),
    }));
    print(json ? JSON.stringify(results, undefined, 2) : text(results));
    const { same, first, second } = results[1]!;
    if (same !== first || same !== second)
      throw new CspcamError(
        `expected the boxes of cpu for ${engine} in fp32 (IoU ${LIMITS.fp32.iou}, score ${LIMITS.fp32.score}), received ${same} of ${first} and ${second} alike`,
      );
  } finally {
    progress.end();
    await Promise.all(detectors.map((detector) => detector.close()));
  }
}

/** What is built is kept where an agent of this user finds it, and what takes minutes is told of. */
function asAgent({ provider, precision }: Pick<Result, 'provider' | 'precision'>) {
  const tell = (what: string) => process.stderr.write(`${provider} in ${precision}: ${what}\n`);
  return {
    cache: cacheDirectory(),
    onProgress: inSteps((stage, percent) => tell(`${stage} ${percent}%`)),
    onNotice: tell,
  };
}

async function* pictures(inputSize: { width: number; height: number }, count: number, signal: AbortSignal) {
  let left = count;
  for await (const { pixels } of openSource(CLIP, { inputSize }).frames(signal)) {
    yield pixels;
    if (--left === 0) return;
  }
}

interface Result extends Comparison {
  readonly provider: string;
  readonly precision: keyof typeof LIMITS;
  readonly runs: string;
  readonly ms: number;
}

function text(results: readonly Result[]): string {
  const rows = results.map(({ provider, precision, runs, ms, same, first, second }) => [
    provider,
    precision,
    ms.toFixed(1),
    `${same} of ${Math.max(first, second)} (IoU ${LIMITS[precision].iou}, score ${LIMITS[precision].score})`,
    runs,
  ]);
  return table([['provider', 'precision', 'ms a frame', 'boxes as cpu in fp32', 'runs'], ...rows]);
}
