// Works of the layers + machine + engine -> time of each layer and of the network, and what binds it.

import { CspcamError } from '#common/errors.js';
import type { Graph } from '../layers/registry.js';
import type { Engine, Machine } from './machine.js';
import { liveBytes, memoryTraffic } from './traffic.js';
import { type LayerWork, type Precision, workOf } from './work.js';

export interface LayerTime {
  readonly index: number;
  readonly kind: LayerWork['kind'];
  readonly operations: number;
  /** To and from memory. */
  readonly bytes: number;
  readonly timeMs: number;
  /** What the time goes for, the larger of the first two; `overhead` where starting kernels takes longest. */
  readonly bound: 'compute' | 'bandwidth' | 'overhead';
}

export interface Prediction {
  readonly latencyMs: number;
  /** Of one network after the other, without a pause. */
  readonly fps: number;
  readonly layers: readonly LayerTime[];
  /** To and from memory per frame. */
  readonly bytes: number;
  /** Share of the usable bandwidth at `fps`, 0 to 1. */
  readonly bandwidthShare: number;
  /** Weights, and the feature maps that are alive at the same time. */
  readonly memoryBytes: number;
  /** What most of the time goes for. */
  readonly bound: LayerTime['bound'];
}

/** @throws CspcamError where the machine lacks the precision */
export function predict(graph: Graph, precision: Precision, machine: Machine, engine: Engine): Prediction {
  return predictWorks(workOf(graph, precision), precision, machine, engine);
}

/** @param works in this precision. @throws CspcamError where the machine lacks the precision */
export function predictWorks(
  works: readonly LayerWork[],
  precision: Precision,
  machine: Machine,
  engine: Engine,
): Prediction {
  const roof = machine.roofGops[precision];
  if (roof === undefined) {
    const names = Object.keys(machine.roofGops).join(', ');
    throw new CspcamError(`expected one of ${names} for the precision, received ${precision}`);
  }
  const traffic = memoryTraffic(works, machine.cacheBytes);
  const layers = works.map((work, at) => layerTime(work, traffic[at]!, precision, roof, machine, engine));
  const latencyMs = total(layers, ({ timeMs }) => timeMs);
  const bytes = total(layers, (layer) => layer.bytes);
  return {
    latencyMs,
    fps: 1000 / latencyMs,
    layers,
    bytes,
    bandwidthShare: bytes / (latencyMs / 1000) / (machine.bandwidthGBs * 1e9),
    memoryBytes: total(works, ({ weightBytes }) => weightBytes) + liveBytes(works),
    bound: longest(layers),
  };
}

/** Share of the roof that a convolution of this shape gets, 0 to 1. */
export function efficiency({ matrix }: LayerWork, precision: Precision, engine: Engine): number {
  if (matrix === undefined) return 1;
  const half = engine.costs[precision].halfWidths;
  const of = (width: number, halfWidth: number) => width / (width + halfWidth);
  return (
    of(matrix.filters, half.filters) * of(matrix.reduction, half.reduction) * of(matrix.pixels, half.pixels)
  );
}

function layerTime(
  work: LayerWork,
  traffic: number,
  precision: Precision,
  roofGops: number,
  machine: Machine,
  engine: Engine,
): LayerTime {
  const { index, kind, operations, matrix, outputBytes } = work;
  const { rewrites, bytesPerPiece, moves, averages, kernelUs, wakeUs } = engine.costs[precision];
  const { bandwidthGBs, cacheBytes, threads } = machine;
  const slowness = machine.slowness?.[precision] ?? 1;
  const passes =
    matrix === undefined && work.activation === 'linear' ? 0 : engine.passes(work.activation, precision);
  const depthwiseGops = matrix?.isDepthwise ? depthwiseRoof(precision, roofGops, machine, engine) : undefined;
  const gops = depthwiseGops ?? roofGops * efficiency(work, precision, engine);
  const movedByAll =
    matrix === undefined
      ? averages * (work.isAverage ? outputBytes : 0)
      : depthwiseGops === undefined
        ? rewrites * outputBytes + bytesPerPiece * matrix.pieces
        : 0;
  const movedByOne = moves * outputBytes * (passes + (matrix === undefined ? 1 : 0));
  const fp32Gops = machine.roofGops.fp32 ?? roofGops;
  const movesMs =
    msAt(pace(fp32Gops, bandwidthGBs), movedByAll) +
    msAt(threads ? pace(fp32Gops / threads.count, threads.oneGBs) : pace(fp32Gops, bandwidthGBs), movedByOne);
  const computeMs = (matrix === undefined ? 0 : operations / (gops * 1e6)) + slowness * movesMs;
  // Each pass reads and writes the output, which the cache holds as little as before.
  const bytes = traffic + (outputBytes > cacheBytes ? 2 * passes * outputBytes : 0);
  const memoryMs = msAt(bandwidthGBs, bytes);
  const wakes = matrix !== undefined && threads !== undefined && threads.count > 1;
  const overheadMs = (slowness * (kernelUs * (1 + passes) + (wakes ? wakeUs : 0))) / 1000;
  const workMs = engine.waitsForMemory ? computeMs + memoryMs : Math.max(computeMs, memoryMs);
  const bound = overheadMs > workMs ? 'overhead' : memoryMs > computeMs ? 'bandwidth' : 'compute';
  return { index, kind, operations, bytes, timeMs: workMs + overheadMs, bound };
}

/** What was measured has moves and pieces in it. @returns nothing for a program that takes it for a thin one */
function depthwiseRoof(
  precision: Precision,
  roofGops: number,
  { depthwiseGops }: Machine,
  { depthwiseShare }: Engine,
): number | undefined {
  return depthwiseGops?.[precision] ?? (depthwiseShare && roofGops * depthwiseShare[precision]);
}

/**
 * How fast bytes go through a processor, GB/s: a matter of its instructions, which the roof stands for, as well as of its
 * caches, of which the bandwidth is all that is known. README.md has the two machines that this is from.
 */
function pace(fp32Gops: number, bandwidthGBs: number): number {
  return Math.sqrt(fp32Gops * bandwidthGBs);
}

function msAt(gigabytesPerSecond: number, bytes: number): number {
  return bytes / (gigabytesPerSecond * 1e6);
}

function longest(layers: readonly LayerTime[]): LayerTime['bound'] {
  const times = { compute: 0, bandwidth: 0, overhead: 0 };
  for (const { bound, timeMs } of layers) times[bound] += timeMs;
  const bounds = ['compute', 'bandwidth', 'overhead'] as const;
  return bounds.toSorted((a, b) => times[b] - times[a])[0]!;
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
