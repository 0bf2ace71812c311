// The programs that run networks, each with the parameters of its efficiency, and where those are from.

import type { Engine } from './machine.js';

/**
 * Widths and overhead: chosen by hand after measured shares of the convolution roof on two Zen 4 cores (the table in
 * README.md), not fitted yet. `bestShare` is assumed; a measured roof stands in its place.
 */
export const onnxRuntimeCpu: Engine = {
  name: 'onnxruntime',
  bestShare: 0.8,
  halfWidths: {
    fp32: { filters: 2, reduction: 3, pixels: 0 },
    fp16: { filters: 2, reduction: 3, pixels: 0 },
    int8: { filters: 12, reduction: 60, pixels: 0 },
  },
  operationsPerValue: { fp32: 30, fp16: 30, int8: 200 },
  kernelUs: 20,
  passes: 0,
};

/** After the same table: 0.44 to 0.54 of the roof in the same run, from the thinnest to the widest network. */
export const openCv: Engine = {
  ...onnxRuntimeCpu,
  name: 'opencv',
  bestShare: 0.8 * 0.57,
};

/** Darknet on cuDNN. Assumed, never measured by us: a GPU wants wide layers, and every kernel waits for its launch. */
export const darknet: Engine = {
  name: 'darknet',
  bestShare: 0.6,
  halfWidths: {
    fp32: { filters: 16, reduction: 32, pixels: 400 },
    fp16: { filters: 16, reduction: 32, pixels: 400 },
    int8: { filters: 16, reduction: 32, pixels: 400 },
  },
  operationsPerValue: { fp32: 0, fp16: 0, int8: 0 },
  kernelUs: 10,
  passes: 2,
};

/**
 * Never measured by us. Chosen by hand after frame rates of whole programs on a Jetson Nano that jkjung-avt/tensorrt_demos
 * publishes (README.md has the table); int8 is assumed.
 */
export const tensorRt: Engine = {
  name: 'tensorrt',
  bestShare: 0.75,
  halfWidths: {
    fp32: { filters: 16, reduction: 32, pixels: 100 },
    fp16: { filters: 16, reduction: 32, pixels: 100 },
    int8: { filters: 32, reduction: 64, pixels: 200 },
  },
  operationsPerValue: { fp32: 0, fp16: 0, int8: 0 },
  kernelUs: 8,
  passes: 0,
};
