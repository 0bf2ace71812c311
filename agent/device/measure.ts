// Probes through ONNX Runtime -> what convolutions, memory and a thin network of this machine reach, by thread count.

import { CspcamError, expected } from '#common/errors.js';
import { convolutionProbe, memoryProbe, type Probe } from '../../models/cost/probes.js';
import { THIN_NETWORK } from '../../models/cost/slowness.js';
import { INPUT_NAME } from '../../models/onnx/write.js';
import type { IntegerForm } from '../../models/quantize/forms/form.js';
import { noisePixels, type UntrainedNetwork, untrainedNetwork } from '../../models/quantize/untrained.js';
import { openOnnxRuntime } from '../../models/runtime/onnxruntime.js';
import type { Session } from '../../models/runtime/session.js';
import { median } from '../bench/figures.js';
import type { Measured } from './measured.js';

/** A whole network has no operations of its own to be divided by. */
type Timed = Pick<Probe, 'onnx' | 'size'> & Partial<Probe>;

type ProbeSession = Pick<Session, 'run' | 'close'>;

export interface MeasureOptions {
  /** Threads: 1, 2, 4... and this. */
  readonly upTo: number;
  /** Of networks in integers on this processor. */
  readonly form: IntegerForm;
  /** Last level; memory is measured well beyond. */
  readonly cacheBytes: number;
  /** Memory of the machine, of which the tensors take a small part. */
  readonly memoryBytes: number;
  readonly signal: AbortSignal;
  /** Called after each of `measureSteps(upTo)`. */
  readonly onStep: () => void;
  /** What all steps together may take, beside loading the probes. */
  readonly budgetMs?: number;
  readonly open?: (probe: Timed, threads: number) => Promise<ProbeSession>;
  /** Milliseconds. */
  readonly now?: () => number;
}

const BUDGET_MS = 36_000;
const LONGEST_STEP_MS = 3000;
const FEWEST_ROUNDS = 3;
const SMALLEST_TENSOR = 64e6;
const LARGEST_TENSOR = 256e6;
/** Repetitions in the shorter and the longer network of a pair; loading, input and output drop out of the difference. */
const SHORT = 1;
const LONG = 5;

type Figures = Measured['threads'][number];
export type Roofs = Omit<Figures, 'thinMs'>;

const ROOFS = 5;

/** Of `measureMachine`, how often it calls `onStep`. */
export function measureSteps(upTo: number): number {
  return (ROOFS + 2) * threadCounts(upTo).length;
}

/**
 * Blocks its thread for as long as a probe runs, a second on the slowest machines.
 *
 * @throws CspcamError where it was interrupted
 */
export async function measureMachine(options: MeasureOptions): Promise<Figures[]> {
  const stepMs = stepTime(options, measureSteps(options.upTo));
  const { network, size } = THIN_NETWORK;
  const thin = await untrainedNetwork(network, size, options.form);
  const found: Figures[] = [];
  for (const threads of threadCounts(options.upTo)) {
    const roofs = await roofsAt(threads, stepMs, options);
    const of = (precision: keyof UntrainedNetwork) => frameTime(thin[precision], threads, stepMs, options);
    found.push({ ...roofs, thinMs: { fp32: await of('fp32'), int8: await of('int8') } });
  }
  return found;
}

/** As `measureMachine`, without the thin network. @throws CspcamError where it was interrupted */
export async function measureRoofs(options: MeasureOptions): Promise<Roofs[]> {
  const counts = threadCounts(options.upTo);
  const stepMs = stepTime(options, ROOFS * counts.length);
  const found: Roofs[] = [];
  for (const threads of counts) found.push(await roofsAt(threads, stepMs, options));
  return found;
}

function stepTime({ budgetMs = BUDGET_MS }: MeasureOptions, steps: number): number {
  return Math.min(LONGEST_STEP_MS, budgetMs / steps);
}

async function roofsAt(threads: number, stepMs: number, options: MeasureOptions): Promise<Roofs> {
  const { cacheBytes, memoryBytes, form } = options;
  const tensor = Math.min(LARGEST_TENSOR, memoryBytes / 16, Math.max(SMALLEST_TENSOR, 4 * cacheBytes));
  const of = (probe: (count: number) => Probe) => rate(probe, threads, stepMs, options);
  return {
    threads,
    fp32Gops: await of((count) => convolutionProbe('fp32', count)),
    int8Gops: await of((count) => convolutionProbe('int8', count, { form })),
    bandwidthGBs: await of((count) => memoryProbe(tensor, count)),
    depthwise: {
      fp32Gops: await of((count) => convolutionProbe('fp32', count, { isDepthwise: true })),
      int8Gops: await of((count) => convolutionProbe('int8', count, { form, isDepthwise: true })),
    },
  };
}

/** Milliseconds, the median: what is predicted is what frames take, neighbours included. */
async function frameTime(
  onnx: Uint8Array,
  threads: number,
  stepMs: number,
  { open = openProbe, now = () => performance.now(), signal, onStep }: MeasureOptions,
): Promise<number> {
  const { size } = THIN_NETWORK;
  expectGoingOn(signal);
  const session = await open({ onnx, size }, threads);
  try {
    const pixels = noisePixels(size);
    const times: number[] = [];
    const end = now() + stepMs;
    for (let round = 0; round <= FEWEST_ROUNDS || now() < end; round++) {
      expectGoingOn(signal);
      const started = now();
      await session.run(pixels);
      if (round > 0) times.push(now() - started);
    }
    onStep();
    return median(times);
  } finally {
    await session.close();
  }
}

/** The rate, in billions per second, is that of the quickest of several runs: a neighbour can only make them slower. */
async function rate(
  probe: (count: number) => Probe,
  threads: number,
  stepMs: number,
  options: MeasureOptions,
): Promise<number> {
  const { open = openProbe, now = () => performance.now(), signal, onStep } = options;
  const pair = [probe(SHORT), probe(LONG)];
  const sessions: ProbeSession[] = [];
  try {
    for (const one of pair) {
      expectGoingOn(signal);
      sessions.push(await open(one, threads));
    }
    const pixels = new Uint8Array(3 * pair[0]!.size ** 2).fill(1);
    const quickest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const end = now() + stepMs;
    // The first round warms up.
    for (let round = 0; round <= FEWEST_ROUNDS || now() < end; round++) {
      expectGoingOn(signal);
      for (const [i, session] of sessions.entries()) {
        const started = now();
        await session.run(pixels);
        if (round > 0) quickest[i] = Math.min(quickest[i]!, now() - started);
      }
    }
    onStep();
    const seconds = (quickest[1]! - quickest[0]!) / 1000;
    if (seconds <= 0)
      throw expected('more time', 'a longer probe', 'less: the machine is too busy to be measured');
    return (pair[1]!.billions - pair[0]!.billions) / seconds;
  } finally {
    for (const session of sessions) await session.close();
  }
}

function expectGoingOn({ aborted }: AbortSignal): void {
  if (aborted) throw new CspcamError('interrupted; the figures kept so far stay');
}

function openProbe({ onnx, size }: Timed, threads: number): Promise<ProbeSession> {
  const input = { name: INPUT_NAME, width: size, height: size };
  return openOnnxRuntime(onnx, { name: 'the probe', input }, { provider: 'cpu', threads });
}

function threadCounts(upTo: number): number[] {
  const powers = [1, 2, 4, 8, 16, 32, 64].filter((power) => power < upTo);
  return [...powers, upTo];
}
