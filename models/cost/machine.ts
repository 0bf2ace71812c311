// What a prediction needs to know of a processor and of the program that drives it.

import type { Activation } from '../layers/activation.js';
import type { Precision } from './work.js';

/** A processor with its memory, as one network finds it. */
export interface Machine {
  /** What the widest convolution gets; multiply-adds count twice. Billions per second, of the precisions that it has. */
  readonly roofGops: Readonly<Partial<Record<Precision, number>>>;
  /** What programs get of the memory, not what its data sheet says. */
  readonly bandwidthGBs: number;
  readonly cacheBytes: number;
  /** As `roofGops`, of 3x3 convolutions with one filter for each channel; the engine's share of the roof where absent. */
  readonly depthwiseGops?: Readonly<Partial<Record<Precision, number>>>;
  /** How much longer moves and kernels take here than the engine's costs say, as a whole; 1 where absent. */
  readonly slowness?: Readonly<Partial<Record<Precision, number>>>;
  /** Of a network on a CPU, and what a single one gets of the memory. */
  readonly threads?: { readonly count: number; readonly oneGBs: number };
}

/** How wide a convolution must be for half of the roof: filters, and values summed up per result. */
export interface HalfWidths {
  readonly filters: number;
  readonly reduction: number;
  /** Positions of the map; what keeps all cores of a GPU busy. */
  readonly pixels: number;
}

/** What layers cost beside multiply-adds at the roof and traffic to and from memory. */
export interface LayerCosts {
  readonly halfWidths: HalfWidths;
  /** Times that a convolution moves its output within the processor. */
  readonly rewrites: number;
  /** To copy a run of neighbouring values before they can be multiplied takes as long as to move so many bytes. */
  readonly bytesPerPiece: number;
  /** As `rewrites`, of layers without multiply-adds and of passes, which one thread does. */
  readonly moves: number;
  /** As `moves`, of average pools on top of them and on all threads: their kernel for integers goes value by value. */
  readonly averages: number;
  /** Before and after each kernel, whatever its size. */
  readonly kernelUs: number;
  /** Before each convolution, to wake the other threads where there are any. */
  readonly wakeUs: number;
}

/** A program that runs networks. */
export interface Engine {
  readonly name: string;
  /** Share of a machine's theoretical peak that the widest convolution gets. */
  readonly bestShare: number;
  /** Of the roof, what 3x3 convolutions with one filter for each channel get; as other thin ones where absent. */
  readonly depthwiseShare?: Readonly<Record<Precision, number>>;
  /** Of the time on one thread, what stays however many there are; beside what `moves` says. */
  readonly serialShare: number;
  /** Nothing is computed while memory is waited for; else the longer of both counts. */
  readonly waitsForMemory: boolean;
  readonly costs: Readonly<Record<Precision, LayerCosts>>;
  /** Kernels that run over the output of a layer after it: batch norm, bias, activation, where not fused. */
  readonly passes: (activation: Activation, precision: Precision) => number;
}

/** How many times one thread's pace so many reach, if nothing but the program's serial share is in the way. */
export function speedUp({ serialShare }: Engine, threads: number): number {
  return 1 / (serialShare + (1 - serialShare) / threads);
}
