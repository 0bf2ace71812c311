// What a prediction needs to know of a processor and of the program that drives it.

import type { Precision } from './work.js';

/** A processor with its memory, as one network finds it. */
export interface Machine {
  /** What the widest convolution gets; multiply-adds count twice. Billions per second, of the precisions that it has. */
  readonly roofGops: Readonly<Partial<Record<Precision, number>>>;
  /** What programs get of the memory, not what its data sheet says. */
  readonly bandwidthGBs: number;
  readonly cacheBytes: number;
}

/** How wide a convolution must be for half of the roof: filters, and values summed up per result. */
export interface HalfWidths {
  readonly filters: number;
  readonly reduction: number;
  /** Positions of the map; what keeps all cores of a GPU busy. */
  readonly pixels: number;
}

/** A program that runs networks. */
export interface Engine {
  readonly name: string;
  /** Share of a machine's theoretical peak that the widest convolution gets. */
  readonly bestShare: number;
  readonly halfWidths: Readonly<Record<Precision, HalfWidths>>;
  /** What a value costs in a layer without multiply-adds, as operations of a convolution. */
  readonly operationsPerValue: Readonly<Record<Precision, number>>;
  /** Before and after each kernel, whatever its size. */
  readonly kernelUs: number;
  /** Kernels that run over the output of a convolution after it: batch norm, bias, activation, where not fused. */
  readonly passes: number;
}
