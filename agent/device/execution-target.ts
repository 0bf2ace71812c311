// Machine as it is set + provider, threads, measurements -> what a prediction is made for. Pure.

import { expected } from '#common/errors.js';
import { darknet, onnxRuntimeCpu, openCv, tensorRt } from '../../models/cost/engines.js';
import { type Engine, type Machine, speedUp } from '../../models/cost/machine.js';
import { slownessOf } from '../../models/cost/slowness.js';
import type { Precision } from '../../models/cost/work.js';
import type { WantedPrecision } from '../../models/runtime/precision.js';
import { type Limits, scaled } from './limits.js';
import type { Measured } from './measured.js';
import type { Provider } from './profile.js';

/** A core draws this part of the usable bandwidth: 27 to 41 of 50 to 61 GB/s on two Zen 4 cores; assumed elsewhere. */
const ONE_CORE_SHARE = 0.6;

const ENGINES: Readonly<Record<Provider, Engine>> = {
  cpu: onnxRuntimeCpu,
  tensorrt: tensorRt,
  cuda: darknet,
};

export interface ExecutionTarget {
  readonly provider: Provider;
  readonly machine: Machine;
  readonly engine: Engine;
}

/**
 * What is predicted of: OpenVINO on a CPU counts as ONNX Runtime there, and so does `auto`, which takes another only where
 * that was faster.
 */
export function plannedProvider(provider: string): Provider {
  return provider === 'tensorrt' || provider === 'cuda' ? provider : 'cpu';
}

/**
 * TensorRT computes floats in 16 bits where the board has them and nobody asked for more.
 *
 * @param wanted `inference.precision`
 * @param precision that the model folder has for it
 */
export function computedPrecision(
  { profile }: Pick<Limits, 'profile'>,
  provider: string,
  wanted: WantedPrecision,
  precision: Precision,
): Precision {
  if (provider !== 'tensorrt' || wanted !== 'auto' || precision !== 'fp32') return precision;
  return profile.inference.precisions[provider]?.find((one) => one !== 'int8') ?? precision;
}

/**
 * @param threads of a network on the CPU
 * @param measured of this machine; stands in place of the nominal figures
 */
export function targetOf(
  limits: Limits,
  provider: Provider,
  threads: number,
  measured?: Measured,
): ExecutionTarget {
  const engine = ENGINES[provider];
  if (provider !== 'cpu') {
    const { gpu } = limits.profile;
    if (gpu === undefined || limits.gpuGops === undefined)
      throw expected('provider cpu', `profile ${limits.profile.name}, which has no GPU`, provider);
    const machine = { bandwidthGBs: limits.usableGBs, cacheBytes: gpu.cacheMB.value * 1e6 };
    return { provider, engine, machine: { ...machine, roofGops: scaled(limits.gpuGops, engine.bestShare) } };
  }
  return { provider, engine, machine: onCpu(limits, engine, threads, measured) };
}

/** The paper's own CPU program, for its tables. */
export function openCvOn(limits: Limits): ExecutionTarget {
  return { provider: 'cpu', engine: openCv, machine: onCpu(limits, openCv, limits.cores) };
}

/** The paper's own GPU program, for its tables. */
export function darknetOn(limits: Limits): ExecutionTarget {
  return targetOf(limits, 'cuda', 1);
}

function onCpu(limits: Limits, engine: Engine, threads: number, measured?: Measured): Machine {
  const busy = Math.min(threads, limits.cores);
  const cacheBytes = limits.profile.cpu.cacheMB.value * 1e6;
  if (measured !== undefined) return onMeasured(measured, engine, busy, cacheBytes);
  const oneGBs = limits.usableGBs * ONE_CORE_SHARE;
  return {
    roofGops: scaled(limits.cpuGops, (engine.bestShare * speedUp(engine, busy)) / limits.cores),
    bandwidthGBs: Math.min(limits.usableGBs, oneGBs * busy),
    cacheBytes,
    threads: { count: busy, oneGBs },
  };
}

function onMeasured(measured: Measured, engine: Engine, count: number, cacheBytes: number): Machine {
  const oneGBs = between(measured, 1, ({ bandwidthGBs }) => bandwidthGBs);
  const of = (figure: (one: Figures) => number) => between(measured, count, figure);
  /** Of a count that was measured: its network ran with that many. */
  const slowness = (precision: 'fp32' | 'int8') =>
    of((one) => slownessOf(one.thinMs[precision], precision, roofsOf(one, cacheBytes, oneGBs), engine));
  return {
    roofGops: { fp32: of(({ fp32Gops }) => fp32Gops), int8: of(({ int8Gops }) => int8Gops) },
    depthwiseGops: {
      fp32: of(({ depthwise }) => depthwise.fp32Gops),
      int8: of(({ depthwise }) => depthwise.int8Gops),
    },
    slowness: { fp32: slowness('fp32'), int8: slowness('int8') },
    bandwidthGBs: of(({ bandwidthGBs }) => bandwidthGBs),
    cacheBytes,
    threads: { count, oneGBs },
  };
}

type Figures = Measured['threads'][number];

function roofsOf(
  { threads, fp32Gops, int8Gops, bandwidthGBs }: Figures,
  cacheBytes: number,
  oneGBs: number,
): Machine {
  return {
    roofGops: { fp32: fp32Gops, int8: int8Gops },
    bandwidthGBs,
    cacheBytes,
    threads: { count: threads, oneGBs },
  };
}

/** Counts between those that were measured get what lies between. */
function between({ threads }: Measured, count: number, of: (one: Figures) => number): number {
  const below = threads.findLast((one) => one.threads <= count) ?? threads[0]!;
  const above = threads.find((one) => one.threads >= count) ?? threads.at(-1)!;
  const part = above === below ? 0 : (count - below.threads) / (above.threads - below.threads);
  return of(below) + part * (of(above) - of(below));
}
