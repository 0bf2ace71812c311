// A case -> what each kernel of its network takes on this machine, by layer and by class, beside what was predicted.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { type CpuFeatures, readCpuFeatures } from '#common/cpu-features.js';
import { convolutionProbe, type Probe } from '../../models/cost/probes.js';
import { INPUT_NAME } from '../../models/onnx/write.js';
import { chooseForm } from '../../models/quantize/forms/registry.js';
import {
  classesOf,
  convolutionWeights,
  type Event,
  type Kernel,
  kernelsOf,
  layerOf,
  runsOf,
} from '../../models/runtime/kernels.js';
import { chooseNetwork } from '../../models/runtime/network.js';
import { openOnnxRuntime } from '../../models/runtime/onnxruntime.js';
import type { Session } from '../../models/runtime/session.js';
import { median, rounded } from './figures.js';
import { expectGoingOn } from './interrupted.js';
import type { Predicted } from './predict.js';
import type { BenchLayers } from './result.js';
import type { Case } from './task.js';

export interface LayersOptions {
  /** Under the profiler, beside a few that warm up. */
  readonly frames: number;
  readonly picture: ArrayBuffer;
  /** Of the cost model, for the threads of scenario single. */
  readonly predicted?: Predicted | undefined;
  /** A folder for what the profiler writes. */
  readonly temporary: string;
  readonly signal: AbortSignal;
}

const WARM_UP = 3;
const ROOF_ROUNDS = 8;

/**
 * The network on this thread, as the agent's worker has it, with ONNX Runtime's profiler on. Blocks while a frame runs.
 *
 * @throws CspcamError where it was interrupted, and for a network that does not run here
 */
export async function measureLayers(subject: Case, options: LayersOptions): Promise<BenchLayers> {
  const { model, size, precision, provider, folder, latency } = subject;
  const { predicted } = options;
  const { events, weights } = await profiled(subject, options);
  const kernels = kernelsOf(events, weights);
  const probes = roofProbes(precision === 'int8' ? 'int8' : 'fp32', provider, await readCpuFeatures());
  const roofGops = await measureRoof(probes, latency.threads, options.signal);
  const network = folder.description.files['model.onnx']?.sha256 ?? '';
  return {
    ...{ model, size, precision, provider, threads: latency.threads, network },
    frames: options.frames,
    roofGops: rounded(roofGops, 1),
    kernelsMs: rounded(kernels.reduce((sum, { ms }) => sum + ms, 0)),
    networkMs: rounded(median(runsOf(events).slice(WARM_UP))),
    predictedMs: predicted === undefined ? null : rounded(predicted.latencyMs),
    classes: classesOf(kernels).map(({ what, kernels: count, ms, gop }) => ({
      ...{ what, kernels: count, ms: rounded(ms) },
      gop: gop === undefined ? null : rounded(gop, 5),
    })),
    layers: layersOf(kernels, predicted),
    kernels: kernels.map(({ name, op, ms, convolution }) => ({
      ...{ name, op, ms: rounded(ms) },
      layer: predicted === undefined ? null : layerOf(name),
      gop: convolution === undefined ? null : rounded(convolution.gop, 5),
    })),
  };
}

/** Those that the cost model knows, with what ran for them; what cannot be told by layer is in none. */
export function layersOf(
  kernels: readonly Kernel[],
  predicted: Pick<Predicted, 'layers'> | undefined,
): BenchLayers['layers'] {
  if (predicted === undefined) return [];
  const times = new Map<number, number>();
  for (const { name, ms } of kernels) {
    const layer = layerOf(name);
    if (layer !== null) times.set(layer, (times.get(layer) ?? 0) + ms);
  }
  return predicted.layers.map(({ index, kind, timeMs }) => ({
    ...{ index, type: kind, ms: rounded(times.get(index) ?? 0) },
    predictedMs: rounded(timeMs),
  }));
}

async function profiled(
  { folder, provider, precision, latency }: Case,
  { frames, picture, temporary, signal }: LayersOptions,
): Promise<{ events: Event[]; weights: Map<string, number[]> }> {
  const scratch = await mkdtemp(join(temporary, 'layers-'));
  try {
    const ran = precision === 'int8' ? 'int8' : 'fp32';
    const network = chooseNetwork(folder, provider, await readCpuFeatures(), ran);
    const how = { provider, threads: latency.threads };
    const session = await openOnnxRuntime(await network.bytes(), folder.description, how, {
      profileTo: scratch,
    });
    const pixels = new Uint8Array(picture);
    try {
      for (let i = 0; i < WARM_UP + frames; i++) await runOnce(session, pixels, signal);
    } finally {
      await session.close();
    }
    const file = (await readdir(scratch)).find((name) => name.startsWith('events'))!;
    return {
      events: JSON.parse(await readFile(join(scratch, file), 'utf8')) as Event[],
      weights: convolutionWeights(await readFile(join(scratch, 'optimized.onnx'))),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Short and long, their integers in the form that the network has here: another one leads to other kernels. */
export function roofProbes(
  precision: 'fp32' | 'int8',
  provider: string,
  cpu: Pick<CpuFeatures, 'architecture' | 'flags'>,
): [Probe, Probe] {
  const { form } = chooseForm(provider, cpu);
  return [convolutionProbe(precision, 1, { form }), convolutionProbe(precision, 5, { form })];
}

/** Billions of operations per second of a wide convolution: of the quickest runs, as a neighbour only makes them slower. */
async function measureRoof(pair: [Probe, Probe], threads: number, signal: AbortSignal): Promise<number> {
  const runs: { session: Session; ms: number[] }[] = [];
  try {
    for (const { onnx, size } of pair) {
      const input = { name: INPUT_NAME, width: size, height: size };
      const how = { provider: 'cpu', threads };
      runs.push({ session: await openOnnxRuntime(onnx, { name: 'the probe', input }, how), ms: [] });
    }
    const pixels = new Uint8Array(3 * pair[0].size ** 2).fill(1);
    for (let round = 0; round <= ROOF_ROUNDS; round++)
      for (const { session, ms } of runs) {
        const took = await runOnce(session, pixels, signal);
        // The first round warms up.
        if (round > 0) ms.push(took);
      }
  } finally {
    for (const { session } of runs) await session.close();
  }
  const [short, long] = runs.map(({ ms }) => Math.min(...ms));
  return (pair[1].billions - pair[0].billions) / Math.max(1e-6, (long! - short!) / 1000);
}

/** @returns milliseconds */
async function runOnce(session: Session, pixels: Uint8Array, signal: AbortSignal): Promise<number> {
  // A signal is delivered between two frames only.
  await others();
  expectGoingOn(signal);
  const started = performance.now();
  await session.run(pixels);
  return performance.now() - started;
}
