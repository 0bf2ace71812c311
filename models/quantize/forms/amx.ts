// Kernels -> 8 bits, of large ones about a zero point of 1, which leads ONNX Runtime to its products by AMX tiles.

import { quantizeKernel } from '../kernel.js';
import { eightBits } from './eight-bits.js';
import type { IntegerForm } from './form.js';

/**
 * Whether a kernel (filters, channels, height, width) is faster through a matrix product. ONNX Runtime has a convolution
 * for kernels whose zero is 0, without AMX; any other zero leads to the product, with AMX: 0.54 to 0.95 of the time from
 * 64 filters of 256 weights on, up to twice the time for smaller ones.
 */
function gainsByAmx([filters, ...lengths]: readonly number[]): boolean {
  return filters! >= 64 && lengths.reduce((product, length) => product * length) >= 256;
}

export const amx: IntegerForm = {
  ...eightBits,
  name: 'amx',
  weights: '8-bit weights, large kernels in the form for AMX',
  quantizeConvolution: (kernel) =>
    gainsByAmx(kernel.dims)
      ? quantizeKernel(kernel.values, kernel.dims[0]!, 1, kernel.leastScales)
      : eightBits.quantizeConvolution(kernel),
};
