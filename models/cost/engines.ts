// The programs that run networks, each with the parameters of its efficiency, and where those are from.

import type { Activation } from '../layers/activation.js';
import type { Engine, LayerCosts } from './machine.js';
import type { Precision } from './work.js';

const WIDE = { filters: 0, reduction: 0, pixels: 0 } as const;

/** Fitted by scripts/bench/cost/fit.ts on all machines of measured/: README.md says how well. */
const FITTED = {
  fp32: {
    halfWidths: WIDE,
    rewrites: 8.7,
    bytesPerPiece: 40,
    moves: 1.7,
    averages: 1,
    kernelUs: 0,
    wakeUs: 11,
  },
  int8: {
    halfWidths: WIDE,
    rewrites: 15,
    bytesPerPiece: 130,
    moves: 12,
    averages: 780,
    kernelUs: 0,
    wakeUs: 4.2,
  },
} as const satisfies Partial<Record<Precision, LayerCosts>>;

/** What depthwise convolutions got on one Zen 4 core; where it was measured, that stands in its place. */
const DEPTHWISE_SHARE = { fp32: 0.6, fp16: 0.6, int8: 0.11 } as const;

/** `bestShare` is assumed; a measured roof stands in its place. So is fp16, which its kernels for CPUs lack. */
export const onnxRuntimeCpu: Engine = {
  name: 'onnxruntime',
  bestShare: 0.8,
  depthwiseShare: DEPTHWISE_SHARE,
  serialShare: 0,
  waitsForMemory: true,
  costs: { ...FITTED, fp16: FITTED.fp32 },
  passes: onnxRuntimePasses,
};

/** What is not part of the convolution: leaky is in floats, and in integers only what clipping does is. */
function onnxRuntimePasses(activation: Activation, precision: Precision): number {
  if (activation === 'linear' || activation === 'relu') return 0;
  if (activation === 'swish') return 2;
  if (activation === 'mish' || activation === 'hard_mish') return 4;
  return activation === 'leaky' && precision !== 'int8' ? 0 : 1;
}

/**
 * Version 4.6: two threads got 0.57 of the roof in the same run on two Zen 4 cores, and 1.64 times the pace of one on two
 * Xeon cores, for a wide network as for a thin one (scripts/bench/results).
 */
export const openCv: Engine = {
  ...onnxRuntimeCpu,
  name: 'opencv',
  bestShare: 0.8 * ((0.57 * 2) / 1.64),
  serialShare: 2 / 1.64 - 1,
};

/** Darknet on cuDNN. Assumed, never measured by us: a GPU wants wide layers, and every kernel waits for its launch. */
export const darknet: Engine = {
  name: 'darknet',
  bestShare: 0.6,
  serialShare: 0,
  waitsForMemory: false,
  costs: gpuCosts(10, {
    fp32: { filters: 16, reduction: 32, pixels: 400 },
    fp16: { filters: 16, reduction: 32, pixels: 400 },
    int8: { filters: 16, reduction: 32, pixels: 400 },
  }),
  passes: () => 2,
};

/**
 * Never measured by us. Chosen by hand after frame rates of whole programs on a Jetson Nano that jkjung-avt/tensorrt_demos
 * publishes (README.md has the table); int8 is assumed.
 */
export const tensorRt: Engine = {
  name: 'tensorrt',
  bestShare: 0.75,
  serialShare: 0,
  waitsForMemory: false,
  costs: gpuCosts(8, {
    fp32: { filters: 16, reduction: 32, pixels: 100 },
    fp16: { filters: 16, reduction: 32, pixels: 100 },
    int8: { filters: 32, reduction: 64, pixels: 200 },
  }),
  passes: () => 0,
};

function gpuCosts(
  kernelUs: number,
  halfWidths: Readonly<Record<Precision, LayerCosts['halfWidths']>>,
): Engine['costs'] {
  const none = { rewrites: 0, bytesPerPiece: 0, moves: 0, averages: 0, kernelUs, wakeUs: 0 } as const;
  const { fp32, fp16, int8 } = halfWidths;
  return {
    fp32: { ...none, halfWidths: fp32 },
    fp16: { ...none, halfWidths: fp16 },
    int8: { ...none, halfWidths: int8 },
  };
}
