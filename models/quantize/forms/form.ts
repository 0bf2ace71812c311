// What integer forms differ in: how the floats of a kernel become int8.

import type { Kernel, QuantizedKernel } from '../kernel.js';

export interface IntegerForm {
  /** Part of the name of a kept network: another one for another arithmetic. */
  readonly name: string;
  /** Of its weights, in words. */
  readonly weights: string;
  /** Of convolutions between bytes and bytes. */
  quantizeConvolution(kernel: Kernel): QuantizedKernel;
  /** Of 1x1 convolutions that are computed as products of matrices. */
  quantizeProduct(kernel: Kernel): QuantizedKernel;
}
