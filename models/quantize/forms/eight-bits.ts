// Kernels -> all of their 8 bits, for kernels of ONNX Runtime that add products of bytes in 32 bits.

import { type Kernel, type QuantizedKernel, quantizeKernel } from '../kernel.js';
import type { IntegerForm } from './form.js';

const rounded = ({ values, dims, leastScales }: Kernel): QuantizedKernel =>
  quantizeKernel(values, dims[0]!, 0, leastScales);

export const eightBits: IntegerForm = {
  name: 'eight-bits',
  weights: '8-bit weights',
  quantizeConvolution: rounded,
  quantizeProduct: rounded,
};
