// Trained numbers of one convolution, or one batch norm alone, as Darknet stores them, before batch norm is folded.

export interface BatchNorm {
  readonly scales: Float32Array; // (filters)
  readonly means: Float32Array; // (filters)
  readonly variances: Float32Array; // (filters)
}

export interface ConvolutionWeights {
  readonly biases: Float32Array; // (filters)
  readonly batchNorm?: BatchNorm;
  readonly kernel: Float32Array; // (filters, channels / groups, size, size); empty for [batchnorm]
}

/** By layer index. */
export type NetworkWeights = ReadonlyMap<number, ConvolutionWeights>;

/** A network as Darknet stores it, before batch norm is folded into its kernels. */
export interface DarknetPair {
  /** Text of the .cfg. */
  readonly cfg: string;
  /** Bytes of the .weights file. */
  readonly weights: Uint8Array;
}
