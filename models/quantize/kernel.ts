// Kernel and bias of a convolution -> int8 with a scale per filter, and what the rounding does to the mean.

export interface Kernel {
  readonly values: Float32Array; // (filters, channels / groups, height, width)
  readonly dims: readonly number[];
  readonly groups: number;
  /** Of its scales, (filters); see `leastScales`. */
  readonly leastScales?: Float32Array;
}

export interface QuantizedKernel {
  readonly values: Int8Array; // as the kernel
  readonly scales: Float32Array; // (filters)
  /** What stands for 0, of all filters. */
  readonly zeroPoint: 0 | 1;
}

/** Symmetric about the zero point: the largest weight of each filter becomes 127, or less by `leastScales`. */
export function quantizeKernel(
  kernel: Float32Array,
  filters: number,
  zeroPoint: QuantizedKernel['zeroPoint'] = 0,
  leastScales?: Float32Array,
): QuantizedKernel {
  const most = 127 - zeroPoint;
  const perFilter = kernel.length / filters;
  const values = new Int8Array(kernel.length);
  const scales = new Float32Array(filters);
  for (let filter = 0; filter < filters; filter++) {
    const row = kernel.subarray(filter * perFilter, (filter + 1) * perFilter);
    scales[filter] = finestScale(row, most, leastScales?.[filter]);
    row.forEach((weight, i) => {
      const steps = Math.round(weight / scales[filter]!);
      values[filter * perFilter + i] = Math.max(-most, Math.min(most, steps)) + zeroPoint;
    });
  }
  return { values, scales, zeroPoint };
}

/** Of the scales that clip no weight of a filter to `most` steps. A filter of zeros has any scale but 0. */
export function finestScale(weights: Float32Array, most: number, least = 0): number {
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  return largest === 0 && least === 0 ? 1 : Math.max(largest / most, least, 1e-30);
}

/** Half of what 32 bits hold: the products that are added to a bias take some, and so may its correction. */
const MOST_BIAS_STEPS = 2 ** 30;

/** (filters); finer ones, as tiny weights have them, would cut the filter's bias. */
export function leastScales(bias: Float32Array, inputScale: number): Float32Array {
  return bias.map((value) => Math.abs(value) / (inputScale * MOST_BIAS_STEPS));
}

/** In steps of `inputScale` times the filter's scale, as integer arithmetic adds it. */
export function quantizeBias(bias: Float32Array, inputScale: number, scales: Float32Array): Int32Array {
  const limit = 2 ** 31 - 1;
  return Int32Array.from(bias, (value, i) =>
    Math.max(-limit, Math.min(limit, Math.round(value / (inputScale * scales[i]!)))),
  );
}

/**
 * The bias that makes up for rounded weights in the mean (Nagel et al., Data-Free Quantization, section 4.2).
 *
 * @param means of the input's channels over the calibration pictures; (channels)
 */
export function correctBias(
  bias: Float32Array,
  kernel: Float32Array,
  { values, scales, zeroPoint }: QuantizedKernel,
  means: Float32Array,
  groups: number,
): Float32Array {
  const filters = bias.length;
  const perGroup = means.length / groups;
  const cells = kernel.length / filters / perGroup;
  return bias.map((value, filter) => {
    const firstChannel = Math.floor(filter / (filters / groups)) * perGroup;
    let shift = 0;
    for (let channel = 0; channel < perGroup; channel++) {
      const at = (filter * perGroup + channel) * cells;
      let error = 0;
      for (let i = at; i < at + cells; i++) error += (values[i]! - zeroPoint) * scales[filter]! - kernel[i]!;
      shift += error * means[firstChannel + channel]!;
    }
    return value - shift;
  });
}
